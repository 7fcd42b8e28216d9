"""Turns of phrase that put a reader down. English, in lower case; words for groups of people are none of these.

Patterns that are compiled where they are looked for: that takes a program longer than most of its other modules."""

from __future__ import annotations

# Who somebody is called.
NOUN = (
    r"(?:idiots?|morons?|fools?|imbeciles?|dumb-?ass(?:es)?|jackass(?:es)?|ass(?:es|hole|holes)?|arse(?:hole)?s?"
    r"|jerks?|pricks?|dickheads?|bastards?|douche(?:bag)?s?|wankers?|tossers?|shit-?heads?|creeps?|clowns?"
    r"|buffoons?|(?:bone|block|meat|air|hot|fat|thick|muddle)-?heads?|knuckleheads?|num(?:b)?skulls?"
    r"|(?:dim|half|nit)-?wits?|twits?|twerps?|dunces?|dolts?|dopes?|dorks?|dumm(?:y|ies)|dullards?|ignoramus"
    r"|donkeys?|muppets?|numpt(?:y|ies)|pillocks?|plonkers?|gits?|clots?|cretins?|simpletons?|nincompoops?|losers?"
    r"|wimps?|cowards?|weaklings?|cry-?bab(?:y|ies)|brats?|snobs?|slobs?|slackers?|layabouts?|lazybones|pig|swine"
    r"|worm|rat|snake|toad|weasel|leech|parasites?|freeloaders?|spongers?|scroungers?|hypocrites?|liars?|frauds?"
    r"|charlatans?|bully|bullies|know-?it-?alls?|smart-?ass|show-?offs?|windbags?|gasbags?|chatterbox|bores?"
    r"|grumps?|grouch|misers?|cheapskates?|tightwads?|skinflints?|scrooge|ingrates?|drama queens?|control freaks?"
    r"|freaks?(?! out)|weirdos?|nutcases?|lunatics?|psychos?|pests?|nuisances?|menace|disgrace|embarrassment"
    r"|tyrants?|dictators?|ogres?|busybod(?:y|ies)|peacock|pipsqueaks?|wretch(?:es)?|knaves?|scoundrels?|villains?"
    r"|scum(?:bags?)?|monsters?|narcissists?|egomaniacs?|ego(?:t)?ists?|killjoys?|spoilsports?|sourpuss"
    r"|party poopers?|whin(?:g)?ers?|moaners?|failures?|savages?|brutes?|louts?|oafs?|boors?|thugs?|barbarians?"
    r"|cave(?:man|men)|neanderthals?|parrot|troglodytes?|dinosaur|fossil|old goat|old cow"
    r"|piece of (?:work|trash|filth|dirt|rubbish)|waste of \w+|pain in the \w+|laughing ?stock"
    r"|tools?(?= here|\W*$)|trolls?|cry bab(?:y|ies)|nags?|vultures?|hyenas?|jackals?|mules?|ape|crook|thief"
    r"|thieves|snitch|tattle-?tale|telltale|pushover|doormat|has-been|wannabe|phon(?:y|ies)|fakes?(?=\W*$)|poser"
    r"|poseur|diva|prima donna|martyr|saboteur|backstabber|sneak|coward|quitter|sore loser|bad loser|mess(?=\W*$)"
    r"|train wreck|trainwreck|disaster(?=\W*$)|cabbage|turnip|walnut|red flag|piece of shit|shit|heel|cur|mutt"
    r"|philistine|peasant|fusspot|nit-?picker|hothead|bigmouth|big mouth|loudmouth|blabbermouth|sleaze|slimeball"
    r"|lowlife|degenerate|oddball|misery guts|sourpuss|stick in the mud|wet blanket|hoarder|harpy|shrew|witch|hag"
    r"|meanie|menace to \w+)"
)
# What somebody is said to be.
TRAIT = (
    r"(?:stupid(?:er|est)?|dumb|dumber|dumbest|dense|thick|dim|slow-witted|brainless|mindless|witless|gormless"
    r"|clueless|moronic|idiotic|foolish|silly|ignorant|uneducated|unintelligent|pathetic|insufferable|unbearable"
    r"|intolerable|obnoxious|odious|loathsome|lazy|petty|rude|ill-mannered|bad-mannered|disrespectful|selfish"
    r"|ridiculous|laughable|childish|immature|infantile|arrogant|conceited|pompous|smug|snobb(?:ish|y)"
    r"|condescending|sanctimonious|hypocritical|judge?mental|vain|useless|worthless|hopeless|talentless|tasteless"
    r"|classless|incompetent|inept|disgusting|repulsive|revolting|gross|filthy|vile|nasty"
    r"|mean(?! (?:to say|that|well|by|it)\b)|horrible|horrid|hateful|evil|awful|terrible|appalling|disgraceful"
    r"|despicable|contemptible|unpleasant|annoying|irritating|embarrassing|boring|dull|tedious|bitter|cruel"
    r"|callous|heartless|cold-hearted|spiteful|spoil(?:t|ed)|entitled(?! to)|self-?cent(?:er|re)d|self-?absorbed"
    r"|self-?obsessed|self-?important|self-?pitying|self-?righteous|narrow-?minded|small-?minded|greedy|stingy"
    r"|tight-?fisted|ungrateful|inconsiderate|thoughtless|shameless|delusional|deluded|insane|deranged|unhinged"
    r"|nuts|paranoid|hysterical|whiny|needy|incapable|dishonest|two-?faced|gutless|spineless|cowardly|bossy|creepy"
    r"|worst|lousy|rotten|toxic|tactless|charmless|joyless|humou?rless|graceless|senseless|unkind|uncaring"
    r"|unfeeling|soulless|ruthless|merciless|wretched|sad little|twisted|sick in the head|warped|crooked|slimy"
    r"|sleazy|sneaky|devious|manipulative|controlling|overbearing|domineering|nagging|meddling|nosy|snooty|haughty"
    r"|cocky|bigheaded|big-headed|pig-headed|bull-headed|hard-headed|thin-skinned|touchy|whining|sulky|moody"
    r"|grumpy|cranky|crabby|sour|jealous|envious|cheap|miserly|penny-pinching|grasping|sloppy|slovenly|scruffy"
    r"|smelly|ugly|weird|strange little|unhinged|mental|crazy|mad|loony|batty|daft|thickheaded|thick-headed"
    r"|dull-witted|dim-witted|half-witted|feeble-minded|simple-minded|closed-minded|bird-brained|hare-brained"
    r"|uncultured|uncouth|boorish|crude|vulgar|uncivili[sz]ed|barbaric|disloyal|treacherous|deceitful|lying|phony"
    r"|fake|shallow|superficial|feeble|soft in the head|washed-up|pretentious|patronising|patronizing|insulting"
    r"|offensive|abusive|hostile|vindictive|malicious|vicious|brutal|savage|monstrous|inhuman|subhuman|unlikable"
    r"|unlikeable|unlovable|undateable|exhausting|tiresome|whingeing|dreadful|atrocious|abysmal|despised|pitiful"
    r"|pitiable|sorry excuse|forgettable|mediocre|below average|beneath contempt)"
)
_LIGHT = (
    r"(?:an?|the|so|such|very|really|truly|just|simply|quite|rather|pretty|too|utterly|completely|totally"
    r"|absolutely|incredibly|unbelievably|thoroughly|extremely|downright|clearly|obviously|plainly|honestly"
    r"|frankly|always|being|also|even|only|still|both|either|as|kind of|sort of|bit of|bit|nothing but"
    r"|nothing more than|one|most|more|biggest|greatest|worse|all|complete|total|utter|absolute|real|right|proper"
    r"|perfect|little|big|great|old|poor|sad|lonely|sorry|tiny|bloody|damn|damned|goddamn|fucking|freaking|sour"
    r"|overgrown|typical|special|single|whole|cold|human|simple|incredible|unbelievable|charming|walking|miserable"
    r"|stuck-up)"
)
_SOME = rf"(?:(?:{_LIGHT}|{TRAIT}|\w+(?:ish|less|ous|ful|ing|some|-\w+)),? (?:and )?)"
_CALLED = rf"{_SOME}{{0,6}}(?:{NOUN}|{TRAIT})\b"
_NAME = rf"{_SOME}{{0,4}}{NOUN}\b"
_CHILD = r"(?:child|toddler|baby|king|queen|princess|kid|teenager|animal|\w+-year-old)"
_AM = (
    r"\b(?:you|u|thou)(?:'re| are| r| art|'ve always been| have always been| really are| truly are| clearly are"
    r"| must be| can be| sound| seem| appear| come across as| come off as| keep being| were being"
    r"|, (?:sir|madam|my \w+|\w+), are)"
)
# Words at which what is said of the reader may pass on to something else.
_BREAK = (
    r"(?:not|neither|nor|never|no|who|whom|that|which|because|since|if|when|while|where|about|with|to|for|of|in|on"
    r"|at|by|against|from|right|than|afraid|sure|and|or|but|as|like|saying|calling|told|hardly|married|being"
    r"|having|doing|up|off|far|anything|the one|more|sorry|allergic|used|tired|surrounded|dealing|glad|happy|lucky"
    r"|free|clearly no|such no)"
)
_KIND_WORD = (
    r"(?:poor|dear|lucky|sweet|good|great|kind|lovely|wonderful|brilliant|brave|clever|young|two|all|have|had|get"
    r"|got|see|saw|want|need|love|like|feed|own|keep|buy|bought|call|are|were|can|could|will|would|should|do|did"
    r"|may|might|must|and|or|the|a|an|silly|old|know|fed|bring|take|took|make|made|eat|ate|give|gave|find|found"
    r"|walk|let)"
)
_ASIDE = r"(?: like|,(?: \w+){1,6},| to be| in short| \w+ly)?,? "

# Words for the reader. A "not" before or within them undoes them, and somebody else who says so.
ATTRIBUTED = (
    rf"{_AM}{_ASIDE}{_CALLED}",
    rf"\byou(?:'re| are) (?:(?!{_BREAK}\b)[\w'-]+,? ){{1,4}}(?:{NOUN}|{TRAIT})\b",
    rf"\byou (?!{_KIND_WORD}\b)[\w-]+,? (?:[\w-]+ )?(?:goat|cow|goose|monkey|chicken|ape|hound|dog|cat|slug"
    r"|louse|maggot|vermin|creature|potato|sack of \w+|lump|excuse|thing of"
    r"|little (?:man|woman|boy|girl|thing|person))\b",
    r"\byou(?:'re| are|r) (?:being )?(?:such )?(?:an? )?(?:big |little |overgrown |spoilt |real )*(?:baby"
    r"|child|toddler)\b(?=\W*$|,)",
    r"\byou look (?:really |so )?(?:ridiculous|stupid|pathetic|foolish|silly|childish)\b",
    r"\b(?:strike (?:me|people|us) as|(?:prov(?:en?|ed)|show(?:n|ed)) yourself(?: to be)?"
    rf"|what (?:we|people|i) (?:would )?call) {_CALLED}|\bcalled out for being {_CALLED}"
    r"|\bmade an? (?:ass|fool|idiot|spectacle) of yourself\b"
    r"|\bmaking an? (?:ass|fool|idiot|spectacle) of yourself\b",
    rf"\byou were (?:such |being )?an? {_NAME}",
    rf"\byou (?:two |both )?{_SOME}{{0,4}}?{NOUN}(?![\w-])(?! \w+ed\b)",
    rf"\byou (?:absolute|utter|complete|total|right|proper|{TRAIT}),? (?:{_LIGHT} |{TRAIT} )?(?!legend|star"
    r"|angel|hero|champ|genius|gem|treasure|saint|beauty|darling|and\b|or\b|about|at\b|to\b|in\b|with\b|when\b"
    rf"|if\b|for\b|ly\b|because|that\b|but\b|is\b|are\b|one\b|of\b)[a-z]{{3,}}\b|\byou {_SOME}{{1,3}}lump\b"
    r"|\byou (?:big|little|overgrown|spoil(?:t|ed)|giant) (?:baby|child|kid)\b",
    rf"\bwhat (?:an? )?{_SOME}{{0,4}}(?:{NOUN}|{TRAIT} \w+),? (?:you(?:'re| are)|like you)\b",
    rf"\bwhat (?:an? )?{_SOME}{{0,4}}(?:{NOUN}|{TRAIT} (?:person|man|woman|creature|human|child))\W*$",
    r"\byou\b[^.!?]{0,40}\b(?:behav|act|sulk|whin|cry|scream|moan|react|look|sound"
    rf"|talk)\w*(?: \w+){{0,4}} like (?:an? |the )?{_SOME}{{0,3}}(?:{NOUN}|{_CHILD})\b",
    rf"\b(?:how|why) (?:are|were) you (?:always )?(?:such|so) {_CALLED}",
    rf"\b(?:are|aren't|were) you (?:really |always |just |that |this |too |so |an? |some kind of )*(?:{NOUN}"
    rf"|{TRAIT})\b",
    rf"\bdo you (?:always |really )?have to be (?:such |so )?{_CALLED}",
    rf"\bhow (?:\w+ly )?{TRAIT} (?:you are|you're|you sound|you look|that makes you|you can be|you must"
    r"|do you have|does one have|can you|could you)",
    rf"\bas {TRAIT}(?: (?:and|or) \w+)? as you\b|\bas \w+ as you are {TRAIT}\b",
    rf"\byour (?:own )?(?:{TRAIT}|tiny|little|thick|empty|small|narrow|pea-sized|feeble"
    rf"|black)(?:,? (?:little|{TRAIT}))? (?:mind|head|skull|brain|heart|soul|ego|self|face)\b",
    r"\byour (?:own )?(?:ignorance|stupidity|arrogance|selfishness|laziness|idiocy|pettiness|rudeness|greed"
    r"|cruelty|vanity)\b",
    r"\b(?:every(?:one|body)|people|they all|the whole \w+"
    r"|your \w+(?: \w+)?)(?: (?:in|at|of) \w+ \w+)?(?: (?:must|secretly|probably|all))? (?:hates?|laughs? at"
    r"|despises?|can't stand|cannot stand) you\b",
    r"\bi (?:really |truly )?(?:hate|despise|loathe|detest|can't stand) (?:you\b|people like you)",
    r"\byou (?:really |truly |simply |honestly )?(?:disgust|repulse|bore|sicken)\b",
    r"\byou(?:'re| are| make)(?: making)? (?:me (?:sick|cringe|vomit)"
    r"|(?:every\w+|people|us)(?: around you)? (?:sick|miserable|suffer|cringe))",
    r"\byou(?:'re| are) the (?:(?:real |whole |only )?(?:problem|joke|worst|pest)\b"
    r"|reason (?:why |that )?(?:every|nobody|people|no one))"
    r"|\byou(?:'re| are) an? (?:bad |sick |complete |total )?joke\b",
    r"\byou deserve (?:every bit|to be (?:alone|lonely|unhappy|fired|left)|what(?:ever)? you get|no better"
    r"|nothing)",
)
_ANIMAL = (
    r"(?:donkey|parrot|pig|rat|snake|toad|worm|ape|mule|swine|weasel|leech|peacock|vulture|hyena|jackal|turnip"
    r"|cabbage|walnut)"
)
_BEAST = (
    r"(?:bins?|bricks?|doormats?|goldfish|monkeys?|toasters?|potato(?:es)?|walls?|stones?|plants?|turnips?"
    r"|kettles?|hamsters?|parrots?|donkeys?|toddlers?|children|babies|dogs|cats|fence posts?|spoons?|socks?|rocks?"
    r"|dog|cat|child|five-year-old)"
)
# What puts down by itself.
SCORN = (
    # Names called out.
    rf"^\W*(?:(?:oh|well|hey|ha|typical|right|listen|okay|look|wow),? )*{_SOME}{{0,3}}(?!{_ANIMAL}){NOUN}\W*$",
    rf"^\W*(?:(?:oh|hey|typical),? )?(?!{_ANIMAL}){NOUN}[,!]|, (?:you )?{NOUN}(?:\W*$|,)|\b{NOUN} like you\b"
    rf"|\bthe {NOUN} (?:that )?you are\b",
    r"\b(?:hey|bravo|well done|congratulations|congrats|nice one|good job|okay|thanks|thank you"
    r"|sure),? (?:genius|einstein|sherlock|princess|your (?:majesty|highness)|oh? (?:great|wise) one)",
    r", (?:genius|einstein|sherlock|princess|your (?:majesty|highness)|oh? (?:great|wise) one"
    r"|buddy boy)\W*(?:,|$)",
    r"\bmr\.? (?:know|perfect|important|clever)|\blittle miss \w+|\byour throne\b|\bhigh horse\b"
    r"|\bpoor little you\b|\b(?:aw+|oh|did (?:the|our)),? (?:the )?poor (?:little )?(?:baby|princess|darling)\b",
    r"\b(?:give|get) (?:this|that|the) (?:man|woman|guy|lady|one|person) a medal"
    r"|\byou alone (?:know|understand|can)\b",
    r"\bwhat an? (?!(?:[\w-]+,? ){0,3}(?:good|great|nice|kind|lovely|wonderful|brilliant|sweet|patient|dear"
    r"|fine|thoughtful|lucky|generous|caring|beautiful|clever|smart|amazing"
    r"|friend)\b)(?:[\w-]+,? ){1,4}?you(?: are|'re)\b",
    # Questions that want no answer.
    rf"\bwhat (?:kind|sort|type) of (?:an? )?{_SOME}{{0,3}}(?:{NOUN}|person|man|woman|adult|monster|parent"
    r"|friend)\b(?! (?:am|is (?:he|she)))",
    r"\bare you (?:deaf|blind|on drugs|out of your|\w+ years? old|(?:three|four|five|six)(?=\W*$))",
    r"\b(?:can't|cannot|couldn't) you (?:even )?(?:read|count|think)\b(?=\W*$| or)"
    r"|\bdid you even (?:\w+ )?(?:think|read|listen|stop)\b",
    r"\bdo you (?:ever )?(?:even )?(?:listen to yourself|hear yourself|think of any\w+ but)"
    r"|^\W*(?:just |oh,? )?listen to yourself\b",
    r"\b(?:were you|you were) (?:\w+ )?(?:dropped on|raised (?:by wolves|in a)"
    r"|born (?:yesterday|stupid|in a barn))",
    r"\bhave you ever (?:had a single|used your (?:brain|head))|\bwho do you think you are\b"
    r"|\bwho raised you\b|\bwho asked you\b",
    r"\bwhat(?:'s| is| on earth is| the \w+ is)(?: even)? (?:wrong|the matter) with you\b(?! two| guys| both"
    r"| all| today| then)",
    r"\bdid(?:n't)? (?:your \w+|no one|nobody|anyone|any\w+) (?:ever )?teach you\b"
    r"|\b(?:nobody|no one) (?:ever )?(?:taught|bothered to teach) you\b",
    r"\b(?:do|must|should) i (?:really )?(?:need to |have to )?(?:draw|spell) (?:it|you|this|that)\b",
    r"\b(?:between your ears|between those ears|two brain cells|a brain cell|single brain cell"
    r"|(?:functioning|working|half a) brain|half a mind)\b",
    r"\b(?:is|was) (?:it|that|this) (?:\w+ )?(?:too|so) (?:hard|difficult|much|complicated) for (?:you"
    r"|your)\b[^.!]*\?",
    # Only a fool would, and what is cleverer.
    rf"\bonly (?:an? )?{_SOME}{{0,4}}(?:{NOUN}|{TRAIT}(?: \w+)?|you)(?: \w+)? (?:would|could|can"
    r"|\w+s)\b(?![^.!?]*\byour\b)",
    r"\btakes a special kind of\b|\ba special kind of (?:stupid|idiot|fool)"
    r"|\bimagine being (?:so|such|this|that)\b",
    rf"\byou(?:'d| would) have to be (?:an? )?{_CALLED}[^.!?]*\b(?:here you are|so you|which you are|like you)\b",
    r"\bany(?:one)? (?:\w+ ){0,2}(?:person|adult|child|fool|idiot|one)\b[^.!?]*\b(?:but"
    r"|except) (?:not )?you\b",
    rf"\b(?:even an?|an?|any|every|my|the) (?:[\w-]+ ){{0,2}}{_BEAST}\b[^.!?]{{0,60}}\b(?:than|before) you\b"
    rf"|\beven an? (?:\w+ )?{_BEAST} (?:would|could|can|knows|understands|gets)\b"
    r"|\beven your \w+ (?:must |probably )?(?:thinks?|knows?|laughs?)\b",
    r"\b(?:more|better) (?:sense|brains?|personality|charm|manners|class|intelligence|wit|taste|decency"
    r"|backbone|spine|character)(?: in \w+(?: \w+){0,2})? than you\b"
    r"|\b(?:smarter|cleverer|brighter) than you\b|\bwall is (?:smarter|cleverer)",
    rf"\b(?:can't|cannot|hard to) believe (?:how|that)[^.!?]{{0,30}}\b{TRAIT}[^.!?]{{0,12}} you\b"
    r"|\bas (?:charming|useful|subtle|clever|smart|funny|sharp|bright|welcome|helpful|warm|useless|pleasant"
    r"|interesting) as an?\b",
    r"\babout as (?:\w+ )?\w+ as an? |\bi(?:'ve| have) (?:seen|met|known|dealt with|had"
    r"|read)(?: \w+){1,3} (?:who|with|that)(?: \w+)? (?:more|better)\b|\bwith (?:\w+ ){1,2}like you\b"
    r"|\bdo you (?:practi[sc]e|enjoy|like|try|love)[^.!?]{0,20}\bbeing (?:this|so|such)\b"
    r"|\bmust be (?:such )?(?:an? )?(?:real |absolute )?(?:joy|delight|fun|treat|pleasure"
    r"|barrel of laughs) (?:at|to (?:live|work|be)|around)\b",
    rf"\b{TRAIT}\b[^.!?]{{0,30}}\band so (?:are you|is your)\b|\bon being (?:such )?{_CALLED}"
    rf"|\byou and your (?:{TRAIT}|precious)\b|\byou(?:'re| are) (?:just |such |all )?(?:trash|garbage|filth"
    r"|cringe)\b|\b(?:poor|sorry|pathetic|lousy|miserable) excuse (?:for|of) an?\b|\byou (?:smell|stink)\b",
    r"\bwhat(?:'s| is) your problem\b|\bborn without an? (?:heart|brain|sense)"
    r"|\bsomething (?:\w+ )?wrong with you\b|\bwho hurt you\b|\b(?:ever|even) think before you\b"
    r"|\bdid you hit your head|\bwhat rock\b|\b(?:fun|joy|delight) at parties\b",
    rf"^\W*(?:what an? )?{TRAIT},? (?:{TRAIT} )?(?:little |old |small |young |lonely )?(?:man|woman|person|boy"
    r"|girl|human|creature|individual)\W*$",
    r"\byou(?: just| simply| really| clearly)? (?:aren't|are not|'re not)(?: \w+)? (?:special|smart|clever"
    r"|bright|intelligent)\b|\byou're not (?:\w+ )?(?:special|smart|clever|bright|intelligent)\b"
    r"|\byou couldn't \w+ an? [\w ]{2,30} in an? |\byou (?:always |only |just |really )?(?:whine|moan|whinge"
    r"|snivel|bleat)\b|\bit's your brain\b|\bif stupidity\b|\banother genius\b|\bget therapy\b"
    r"|\bcan't be bothered\b(?<=you can't be bothered)|\blife of (?:the|every) (?:party|funeral)\b"
    r"|\ban? (?:adult|grown \w+) (?:wrote|said|did)\b",
    r"\b(?:normal|decent|sane|civili[sz]ed|grown-up) (?:people|adults|humans|men|women) (?:don't|do not|would"
    r"|can|know)\b|\b(?:anything|a single thing) (?:that )?you (?:don't|can't|won't) (?:complain|moan|whine)\b"
    r"|\beven (?:my|a|the) [\w-]*year-old\b",
    r"\bslow(?=,? (?:aren't|weren't|are|were) you\b)|\byou (?:really |just |still "
    r"|clearly )?don't get it(?=\W*$|, do you)|\bthat's rich(?=\W*$|,| coming)"
    r"|\bcoming from some(?:one|body) who (?:can't|cannot|has never|never)|\bflatter yourself\b"
    r"|\bwouldn't trust you (?:with|to)\b",
    r"\b(?:about|of|for) (?:nobody|no one|none|nothing) but yourself\b"
    r"|\bonly (?:ever )?(?:think|care) (?:of|about) yourself\b|\b(?:other than|except) yourself for\b"
    r"|\byou(?:'ve)? (?:clearly |obviously |have )?never learn(?:ed|t)\b"
    r"|\byou\b[^.!?]*\bwho never learn(?:ed|t) (?:to|how)",
    r"\b(?:living|working|being married|being friends|sharing \w+(?: \w+)?) (?:with|to) you must\b"
    r"|\b(?:hate|not want|never want|wouldn't want) to (?:be (?:your|married to|friends with|stuck with)"
    r"|(?:live|work|travel|share \w+(?: \w+)?) with) ?you\b"
    r"|\bglad (?:that )?(?:i'm|i am|i'm) not (?:your|married to|related to)"
    r"|\bglad (?:that )?i don't (?:live|work|know)(?: with)? you\b"
    r"|\bwho would (?:ever )?(?:want|marry|hire|live)[^.!?]{0,20} you\b",
    r"\b(?:nobody|no one) (?:likes|loves|wants|needs|invites|respects) an? "
    r"|\b(?:no surprise|obvious|clear|i (?:can )?see|i understand) (?:that |why )(?:nobody|no one"
    r"|your \w+(?: \w+)? (?:left|leaves|avoids?|hates?|goes?|go|ran|divorced|can't|don't)"
    r"|people (?:avoid|hate|leave))",
    r"\byou (?:don't|do not) deserve (?:such|her|him|them|your"
    r"|a (?:patient|good|kind|nice|friend|wife|husband))"
    r"|^\W*(?:just |simply |absolutely |utterly |how )?(?:pathetic|shameful)\W*$"
    r"|\byou can(?:'t|not) even (?:spell|read|count|boil|write|manage|think|do)\b|\byou ruin (?:every|any)\w+"
    r"|\bcry to your m|\bback to your (?:cave|bridge|mother|mommy|mummy)",
    r"\bany (?:decent|normal|sane|reasonable|self-respecting|civili[sz]ed) (?:person|man|woman|human|adult"
    r"|friend|neighbou?r|being)\b|\bsurprised (?:that )?you (?:can|know how to) (?:read|write|type|tie|dress"
    r"|breathe|spell|walk)",
    # Orders.
    r"(?:^|[,;:–—-] ?|\b(?:and|so|now|please|then|oh|but|(?<!i )just) )shut (?:up|your|it\b)"
    r"|\bkeep your (?:mouth|trap) shut",
    r"(?:^\W*|\b(?:just|so|please|and|oh|now),? )grow (?:up|a (?:spine|pair|brain|backbone))(?=\W*$|,| and\b"
    r"| you\b| already)",
    r"\bget over yourself\b|\bget a (?:life|grip|brain|clue)\b|\bget lost\b(?! in\b| on\b| at\b)"
    r"|\bgo to hell\b|\bdrop dead\b|\b(?:buzz|bugger|piss|sod) off\b|\bscrew you\b"
    r"|\bf(?:uc|\*+)k (?:you|off)\b|\bcry (?:me a river|about it|harder|more)\b|\bgo (?:jump|cry)\b"
    r"|\btouch (?:some )?grass\b",
    r"(?:^\W*|[,;] |\bnow |\band |\bso )go away(?=\W*$| and| now|,)"
    r"|\b(?:bother|annoy|pester) (?:someone|somebody) else\b|\bcrawl back\b|\bunder your (?:rock|stone)\b",
    rf"\b(?:stop|quit|don't|do not|try not to)(?: always)? be(?:ing)? (?:such |so )?(?:an? )?{_CALLED}(?! to\b)",
    r"\b(?:stop|quit) (?:your |this |the )?(?:whining|moaning|whinging|bawling|snivelling|acting like)\b"
    r"|\bspare (?:us|me|the world) (?:your|the (?:whining|moaning|drama))",
    r"\buse your (?:brain|head)\b|\btry (?:\w+ )?thinking\b|\b(?:think|listen|learn|grow up|behave) for once\b"
    r"|\bfor once in your life",
    r"\binto (?:your|that) (?:\w+ ){0,2}(?:head|skull)\b"
    r"|\bgo back to (?:\w+ )?(?:school|kindergarten|nursery)\b|\blearn (?:to read|some manners)",
    r"\byour head out of\b|\blook in (?:the|a) mirror(?:\W*$| (?:if|and|first))|\bact your age\b"
    r"|\b(?:seek|need (?:professional|serious)) help\b|\bneed therapy\b"
    r"|\bdo (?:us all|us|the (?:world|internet)|every\w+|humanity) a favou?r\b|\bnever post again\b",
    r"\blong walk off\b|\btake a hike\b|\bjump (?:in|into|off) an?\b|\bsit down and (?:be quiet|listen|learn)"
    r"|\badults are (?:talking|speaking)|\bgrown-?ups are|\b(?:stop|quit) embarrassing\b"
    r"|\b(?:behave|act|talk|live) like an? (?:decent|normal|civili[sz]ed|grown|adult|mature|functioning"
    r"|rational)",
    # Contempt.
    r"\b(?:nobody|no one) (?:here )?(?:\w+ )?(?:likes|wants|loves|needs|respects|believes|can (?:stand|bear)"
    r"|could (?:stand|bear)|invites|misses|asked) you\b"
    r"|\b(?:nobody|no one) (?:here )?(?:wants to hear (?:it|you|your|this)"
    r"|cares (?:what (?:you|a)|about (?:you\b|your (?:opinion|feeling|view|whin|little)))"
    r"|asked for (?:you|your))\b|^\W*(?:nobody|no one) cares\W*$",
    r"\bno wonder,? (?:that )?(?:nobody|no one)\b|\bno wonder\b[^.!?]*\b(?:left (?:you|the)|alone|lonely"
    r"|single|hates?|avoids?|can't stand|no friends|stopped (?:calling|inviting)|divorc\w+|moved out"
    r"|ran away)\b",
    r"\bi (?:really |truly |honestly |just |almost )?pity (?:you|your|any|every"
    r"|the (?:people|ones|person) (?:who|that))|\bi (?:really |truly |honestly |just "
    r"|almost )?feel sorry for (?:any\w+|every\w+|whoever|those|the (?:people|ones)"
    r"|your (?:poor )?(?:wife|husband|famil|room|flat|neighbo|child|kid|colleague|girlfriend|boyfriend|partner"
    r"|parent|pupil|student|guest|dog))",
    r"\byou (?:should|ought to|must) (?:really |truly )?(?:be|feel) ashamed|\bshame on you\b"
    r"|\baren't you ashamed\b|\bhave you no shame\b",
    r"\bbless your (?:little )?heart\b|\b(?:is|'s|was|are) (?:\w+ )?beyond you\b"
    r"|\b(?:went|goes|go|flew|gone) (?:\w+ )?over your head\b",
    r"\byou(?:'re| are) (?:\w+ )?too (?:proud|vain|slow|cheap|busy being)\b"
    r"|^\W*too (?:stupid|dumb|lazy|dense|thick|dim|proud|selfish|vain|cheap)\b",
    r"\btoo (?:complicated|clever|deep) for (?:you\b|your)"
    r"|\b(?:use|in) (?:\w+ )?(?:small|simple|short|little) words\b|\bmy crayons\b"
    r"|\bi(?:'d| would) explain (?:it|this|that)\b[^.!?]*\bbut\b",
    r"\byou (?:still )?(?:wouldn't|would not|couldn't|will never|'ll never|won't ever) (?:\w+ )?(?:understand"
    r"|get it|grasp|learn)\b(?=\W*$|,| either| it\b| that\W*$| anyway)"
    r"|\byou'll never (?:get|learn|understand)\b",
    r"\byou (?:wouldn't|couldn't|could not|can't) (?:\w+ )?(?:recogni[sz]e|find|spot|know|see|organi[sz]e|run"
    r"|start|hit)\b[^.!?]*\bif (?:it|they|you|one|he|she|your life)\b",
    r"\b(?:thinking|intelligence|manners|kindness|logic) (?:was|were|is|are) never your\b|\bif brains were\b"
    r"|\btalking to you is|\bwasted enough time\b|\byou(?:'re| are| aren't)[^.!?]{0,12} worth (?:my|the|our"
    r"|any\w+) ",
    r"\b(?:doesn't|does not) (?:revolve|turn) around you\b|\bnot everything is about you\b"
    r"|\bit's (?:always|all) about you\b|\bsound of your own voice\b"
    r"|\b(?:you think|thinking) (?:that )?you(?:'re| are) (?:so|better|special|clever|the only)\b"
    r"|\bthe only (?:intelligent|smart|clever|sane) (?:person|one)\b",
    r"\byou(?:'ve| have)?(?: got)?(?: \w+ly)? (?:have |lack |got )?(?:no|not an? \w+ of|zero|not a shred of"
    r"|(?:even )?the most basic) (?:brains?|manners|taste|clue|class|decency|shame|heart|spine|backbone|sense"
    r"|respect|empathy|self-\w+|personality|character|dignity)\b(?! that)",
    r"\byou (?:haven't|have not)(?: got)? (?:a|the faintest|the slightest|two)(?: \w+)? ?(?:clue|brain|idea)",
    r"\byou(?:'ve| have| 've)?(?: got)? (?:about |all )?the (?:\w+ )?(?:depth|warmth|grace|sensitivity|tact"
    r"|patience|maturity|imagination|intellect|subtlety|humou?r|backbone|morals|self-awareness|memory"
    r"|people skills|common sense|vocabulary) of (?:an?|the) (?!saint|angel|lion|poet|giant|wise)"
    r"|\b(?:have|has|got|'ve)(?: got)? (?:all )?the (?:charm|manners|brains?|attention span|iq|intelligence"
    r"|personality|empathy|wit|social skills|emotional range) of\b|\bbrain the size\b",
    r"\byou(?:'re| are) (?:\w+ )?full of it\b|\bfull of yourself\b|\bout of your (?:\w+ )?mind\b"
    r"|\blost your mind\b|\bembarrass(?:ing)? yourself\b|\bembarrassed for you\b|\bsucks to be you\b"
    r"|\bgold star for you\b|\bslow clap\b|\b(?:die|end up|grow old) alone\b"
    r"|\bsome of us have (?:lives|jobs|a life|real)|\bpeaked in\b|\bso little going on\b|\bno life\b"
    r"|\byou(?:'re| are) the reason\b|\bhave no business\b|\bboo[ -]?hoo\b",
    r"\byour (?:head|brain|skull) (?:is|must be|seems)(?: \w+){0,2} (?:empty|hollow|full of|made of"
    r"|on holiday|missing|broken|mush|the size)|\byour brain must\b|\byour (?:whole|entire) personality\b"
    r"|\byour (?:own |poor )?\w+ must be (?:so |very |really )?(?:ashamed|disappointed|embarrassed)\b"
    r"|\bhow little you (?:care|know|understand|think)\b",
    r"\b(?:never|seldom|rarely) (?:met|seen|known|read|heard) (?:any\w+|some\w+|a \w+|one) (?:as|so|more"
    rf"|this) {TRAIT}",
    r"\byou(?:'re| are| aren't)(?: \w+)?(?: not)? (?:very|too|particularly|exactly|all that) (?:bright|clever"
    r"|smart|intelligent)\b|\bnot (?:exactly )?the (?:brightest|sharpest|smartest)\b"
    r"|\byou(?:'re| are)[^.!?]{0,32}\bnot (?:clever|smart|bright|intelligent) enough\b",
    r"\bthick as (?:a|two)\b|\bdumb as (?:a|an)\b|\bsad,? (?:bitter|little|lonely|old),? (?:\w+ )?(?:person"
    r"|man|woman|life|soul|existence)\b|\bstep on a (?:plug|brick|lego)\b"
    r"|\bso much for your (?:intelligence|brains?|manners|wisdom|education|kindness)"
    r"|\byou (?:always )?play the victim\b",
)
# Put down unless somebody else was spoken of before.
OF_ANYBODY = (
    r"^\W*(?:(?:so|just|utterly|simply|truly|really|plain) )?(?:selfish|lazy|rude|pathetic|shameful|childish"
    r"|arrogant|petty|entitled|greedy|stupid|spoil(?:t|ed))\W*$"
    r"|\bhow can (?:any|some|one|a )\w* ?(?:person |human )?be (?:so|this"
    rf"|that) {TRAIT}\b(?! to (?:an?|the|her|him|them|his|your)\b)"
    rf"|\bhow {TRAIT} can (?:any|some|one|a )\w* ?(?:person |man |woman )?be\b"
)
# Put down unless warm words stand beside it.
LIKE_YOU = (
    r"\b(?:people|some(?:one|body)|an? (?:person|man|woman|neighbou?r|flatmate)) like you\b|\bthe likes of you\b"
    rf"|\b{TRAIT} (?:\w+ )?like you\b"
)
