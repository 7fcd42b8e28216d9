"""Turns of phrase that put a reader down. English, in lower case; words for groups of people are none of these."""

from __future__ import annotations

import re

# Who somebody is called.
NOUN = (
    r"(?:idiots?|morons?|fools?|imbeciles?|dumb-?ass(?:es)?|jackass(?:es)?|ass(?:es|hole|holes)?|arse(?:hole)?s?|jerks?|pricks?"
    r"|dickheads?|bastards?|douche(?:bag)?s?|wankers?|tossers?|shit-?heads?|creeps?|clowns?|buffoons?|(?:bone|block|meat|air|hot|fat"
    r"|thick|muddle)-?heads?|knuckleheads?|num(?:b)?skulls?|(?:dim|half|nit)-?wits?|twits?|twerps?|dunces?|dolts?|dopes?|dorks?"
    r"|dumm(?:y|ies)|dullards?|ignoramus|donkeys?|muppets?|numpt(?:y|ies)|pillocks?|plonkers?|gits?|clots?|cretins?|simpletons?"
    r"|nincompoops?|losers?|wimps?|cowards?|weaklings?|cry-?bab(?:y|ies)|brats?|snobs?|slobs?|slackers?|layabouts?|lazybones|pig"
    r"|swine|worm|rat|snake|toad|weasel|leech|parasites?|freeloaders?|spongers?|scroungers?|hypocrites?|liars?|frauds?|charlatans?"
    r"|bully|bullies|know-?it-?alls?|smart-?ass|show-?offs?|windbags?|gasbags?|chatterbox|bores?|grumps?|grouch|misers?"
    r"|cheapskates?|tightwads?|skinflints?|scrooge|ingrates?|drama queens?|control freaks?|freaks?(?! out)|weirdos?|nutcases?"
    r"|lunatics?|psychos?|pests?|nuisances?|menace|disgrace|embarrassment|tyrants?|dictators?|ogres?|busybod(?:y|ies)|peacock"
    r"|pipsqueaks?|wretch(?:es)?|knaves?|scoundrels?|villains?|scum(?:bags?)?|monsters?|narcissists?|egomaniacs?|ego(?:t)?ists?|killjoys?"
    r"|spoilsports?|sourpuss|party poopers?|whin(?:g)?ers?|moaners?|failures?|savages?|brutes?|louts?|oafs?|boors?|thugs?|barbarians?"
    r"|cave(?:man|men)|neanderthals?|parrot|troglodytes?|dinosaur|fossil|old goat|old cow|piece of (?:work|trash|filth|dirt|rubbish)"
    r"|waste of \w+|pain in the \w+|laughing ?stock|tools?(?= here|\W*$)|trolls?|cry bab(?:y|ies)|nags?|vultures?|hyenas?|jackals?|mules?|ape"
    r"|crook|thief|thieves|snitch|tattle-?tale|telltale|pushover|doormat|has-been|wannabe|phon(?:y|ies)|fakes?(?=\W*$)|poser|poseur|diva|prima donna"
    r"|martyr|saboteur|backstabber|sneak|coward|quitter|sore loser|bad loser|mess(?=\W*$)|train wreck|trainwreck|disaster(?=\W*$)|cabbage|turnip|walnut|red flag"
    r"|piece of shit|shit|heel|cur|mutt|philistine|peasant|fusspot|nit-?picker|hothead|bigmouth|big mouth|loudmouth|blabbermouth|sleaze|slimeball|lowlife"
    r"|degenerate|oddball|misery guts|sourpuss|stick in the mud|wet blanket|hoarder|harpy|shrew|witch|hag|meanie|menace to \w+)"
)
# What somebody is said to be.
TRAIT = (
    r"(?:stupid(?:er|est)?|dumb|dumber|dumbest|dense|thick|dim|slow-witted|brainless|mindless|witless|gormless|clueless|moronic|idiotic|foolish"
    r"|silly|ignorant|uneducated|unintelligent|pathetic|insufferable|unbearable|intolerable|obnoxious|odious|loathsome|lazy|petty|rude"
    r"|ill-mannered|bad-mannered|disrespectful|selfish|ridiculous|laughable|childish|immature|infantile|arrogant|conceited|pompous|smug"
    r"|snobb(?:ish|y)|condescending|sanctimonious|hypocritical|judge?mental|vain|useless|worthless|hopeless|talentless|tasteless"
    r"|classless|incompetent|inept|disgusting|repulsive|revolting|gross|filthy|vile|nasty|mean(?! (?:to say|that|well|by|it)\b)|horrible"
    r"|horrid|hateful|evil|awful|terrible|appalling|disgraceful|despicable|contemptible|unpleasant|annoying|irritating|embarrassing"
    r"|boring|dull|tedious|bitter|cruel|callous|heartless|cold-hearted|spiteful|spoil(?:t|ed)|entitled(?! to)|self-?cent(?:er|re)d"
    r"|self-?absorbed|self-?obsessed|self-?important|self-?pitying|self-?righteous|narrow-?minded|small-?minded|greedy|stingy"
    r"|tight-?fisted|ungrateful|inconsiderate|thoughtless|shameless|delusional|deluded|insane|deranged|unhinged|nuts|paranoid"
    r"|hysterical|whiny|needy|incapable|dishonest|two-?faced|gutless|spineless|cowardly|bossy|creepy|worst|lousy|rotten|toxic|tactless|charmless|joyless|humou?rless|graceless|senseless|unkind|uncaring|unfeeling|soulless|ruthless|merciless|wretched|sad little"
    r"|twisted|sick in the head|warped|crooked|slimy|sleazy|sneaky|devious|manipulative|controlling|overbearing|domineering|nagging|meddling|nosy|snooty"
    r"|haughty|cocky|bigheaded|big-headed|pig-headed|bull-headed|hard-headed|thin-skinned|touchy|whining|sulky|moody|grumpy|cranky|crabby|sour|jealous|envious"
    r"|cheap|miserly|penny-pinching|grasping|sloppy|slovenly|scruffy|smelly|ugly|weird|strange little|unhinged|mental|crazy|mad|loony|batty|daft|thickheaded"
    r"|thick-headed|dull-witted|dim-witted|half-witted|feeble-minded|simple-minded|closed-minded|bird-brained|hare-brained|uncultured|uncouth|boorish|crude|vulgar"
    r"|uncivili[sz]ed|barbaric|disloyal|treacherous|deceitful|lying|phony|fake|shallow|superficial|feeble|soft in the head|washed-up|pretentious|patronising"
    r"|patronizing|insulting|offensive|abusive|hostile|vindictive|malicious|vicious|brutal|savage|monstrous|inhuman|subhuman|unlikable|unlikeable|unlovable|undateable"
    r"|exhausting|tiresome|whingeing|dreadful|atrocious|abysmal|despised|pitiful|pitiable|sorry excuse|forgettable|mediocre|below average|beneath contempt)"
)
_LIGHT = (
    r"(?:an?|the|so|such|very|really|truly|just|simply|quite|rather|pretty|too|utterly|completely|totally|absolutely|incredibly"
    r"|unbelievably|thoroughly|extremely|downright|clearly|obviously|plainly|honestly|frankly|always|being|also|even|only|still|both"
    r"|either|as|kind of|sort of|bit of|bit|nothing but|nothing more than|one|most|more|biggest|greatest|worse|all|complete|total|utter"
    r"|absolute|real|right|proper|perfect|little|big|great|old|poor|sad|lonely|sorry|tiny|bloody|damn|damned|goddamn|fucking|freaking|sour"
    r"|overgrown|typical|special|single|whole|cold|human|simple|incredible|unbelievable|charming|walking|miserable|stuck-up)"
)
_SOME = rf"(?:(?:{_LIGHT}|{TRAIT}|\w+(?:ish|less|ous|ful|ing|some|-\w+)),? (?:and )?)"
_CALLED = rf"{_SOME}{{0,6}}(?:{NOUN}|{TRAIT})\b"
_NAME = rf"{_SOME}{{0,4}}{NOUN}\b"
_CHILD = r"(?:child|toddler|baby|king|queen|princess|kid|teenager|animal|\w+-year-old)"
_AM = (
    r"\b(?:you|u|thou)(?:'re| are| r| art|'ve always been| have always been| really are| truly are| clearly are| must be| can be"
    r"| sound| seem| appear| come across as| come off as| keep being| were being|, (?:sir|madam|my \w+|\w+), are)"
)
# Words at which what is said of the reader may pass on to something else.
_BREAK = (
    r"(?:not|neither|nor|never|no|who|whom|that|which|because|since|if|when|while|where|about|with|to|for|of|in|on|at|by|against|from|right|than|afraid|sure|and|or|but|as|like|saying|calling"
    r"|told|hardly|married|being|having|doing|up|off|far|anything|the one|more|sorry|allergic|used|tired|surrounded|dealing|glad|happy|lucky|free|clearly no|such no)"
)
_KIND_WORD = (
    r"(?:poor|dear|lucky|sweet|good|great|kind|lovely|wonderful|brilliant|brave|clever|young|two|all|have|had|get|got|see|saw|want|need|love|like|feed|own|keep|buy|bought|call|are|were"
    r"|can|could|will|would|should|do|did|may|might|must|and|or|the|a|an|silly|old|know|fed|bring|take|took|make|made|eat|ate|give|gave|find|found|walk|let)"
)
_ASIDE = r"(?: like|,(?: \w+){1,6},| to be| in short| \w+ly)?,? "

# Words for the reader. A "not" before or within them undoes them, and somebody else who says so.
ATTRIBUTED = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_AM}{_ASIDE}{_CALLED}",
        rf"\byou(?:'re| are) (?:(?!{_BREAK}\b)[\w'-]+,? ){{1,4}}(?:{NOUN}|{TRAIT})\b",
        rf"\byou (?!{_KIND_WORD}\b)[\w-]+,? (?:[\w-]+ )?(?:goat|cow|goose|monkey|chicken|ape|hound|dog|cat|slug|louse|maggot|vermin|creature|potato|sack of \w+|lump|excuse|thing"
        r" of|little (?:man|woman|boy|girl|thing|person))\b",
        rf"\byou(?:'re| are|r) (?:being )?(?:such )?(?:an? )?(?:big |little |overgrown |spoilt |real )*(?:baby|child|toddler)\b(?=\W*$|,)",
        r"\byou look (?:really |so )?(?:ridiculous|stupid|pathetic|foolish|silly|childish)\b",
        rf"\b(?:strike (?:me|people|us) as|(?:prov(?:en?|ed)|show(?:n|ed)) yourself(?: to be)?|what (?:we|people|i) (?:would )?call) {_CALLED}|\bcalled out for"
        rf" being {_CALLED}|\bmade an? (?:ass|fool|idiot|spectacle) of yourself\b|\bmaking an? (?:ass|fool|idiot|spectacle) of yourself\b",
        rf"\byou were (?:such |being )?an? {_NAME}",
        rf"\byou (?:two |both )?{_SOME}{{0,4}}?{NOUN}(?![\w-])(?! \w+ed\b)",
        rf"\byou (?:absolute|utter|complete|total|right|proper|{TRAIT}),? (?:{_LIGHT} |{TRAIT} )?(?!legend|star|angel|hero|champ|genius|gem|treasure|saint"
        r"|beauty|darling|and\b|or\b|about|at\b|to\b|in\b|with\b|when\b|if\b|for\b|ly\b|because|that\b|but\b|is\b|are\b|one\b|of\b)[a-z]{3,}\b"
        rf"|\byou {_SOME}{{1,3}}lump\b|\byou (?:big|little|overgrown|spoil(?:t|ed)|giant) (?:baby|child|kid)\b",
        rf"\bwhat (?:an? )?{_SOME}{{0,4}}(?:{NOUN}|{TRAIT} \w+),? (?:you(?:'re| are)|like you)\b",
        rf"\bwhat (?:an? )?{_SOME}{{0,4}}(?:{NOUN}|{TRAIT} (?:person|man|woman|creature|human|child))\W*$",
        rf"\byou\b[^.!?]{{0,40}}\b(?:behav|act|sulk|whin|cry|scream|moan|react|look|sound|talk)\w*(?: \w+){{0,4}} like (?:an? |the )?{_SOME}"
        rf"{{0,3}}(?:{NOUN}|{_CHILD})\b",
        rf"\b(?:how|why) (?:are|were) you (?:always )?(?:such|so) {_CALLED}",
        rf"\b(?:are|aren't|were) you (?:really |always |just |that |this |too |so |an? |some kind of )*(?:{NOUN}|{TRAIT})\b",
        rf"\bdo you (?:always |really )?have to be (?:such |so )?{_CALLED}",
        rf"\bhow (?:\w+ly )?{TRAIT} (?:you are|you're|you sound|you look|that makes you|you can be|you must|do you have|does one have|can you|could you)",
        rf"\bas {TRAIT}(?: (?:and|or) \w+)? as you\b|\bas \w+ as you are {TRAIT}\b",
        rf"\byour (?:own )?(?:{TRAIT}|tiny|little|thick|empty|small|narrow|pea-sized|feeble|black)(?:,? (?:little|{TRAIT}))? (?:mind|head"
        r"|skull|brain|heart|soul|ego|self|face)\b",
        r"\byour (?:own )?(?:ignorance|stupidity|arrogance|selfishness|laziness|idiocy|pettiness|rudeness|greed|cruelty|vanity)\b",
        r"\b(?:every(?:one|body)|people|they all|the whole \w+|your \w+(?: \w+)?)(?: (?:in|at|of) \w+ \w+)?(?: (?:must|secretly|probably|all))?"
        r" (?:hates?|laughs? at|despises?|can't stand|cannot stand) you\b",
        r"\bi (?:really |truly )?(?:hate|despise|loathe|detest|can't stand) (?:you\b|people like you)",
        r"\byou (?:really |truly |simply |honestly )?(?:disgust|repulse|bore|sicken)\b",
        r"\byou(?:'re| are| make)(?: making)? (?:me (?:sick|cringe|vomit)|(?:every\w+|people|us)(?: around you)? (?:sick|miserable|suffer|cringe))",
        r"\byou(?:'re| are) the (?:(?:real |whole |only )?(?:problem|joke|worst|pest)\b|reason (?:why |that )?(?:every|nobody|people|no one))"
        r"|\byou(?:'re| are) an? (?:bad |sick |complete |total )?joke\b",
        r"\byou deserve (?:every bit|to be (?:alone|lonely|unhappy|fired|left)|what(?:ever)? you get|no better|nothing)",
    )
)
_ANIMAL = r"(?:donkey|parrot|pig|rat|snake|toad|worm|ape|mule|swine|weasel|leech|peacock|vulture|hyena|jackal|turnip|cabbage|walnut)"
_BEAST = (
    r"(?:bins?|bricks?|doormats?|goldfish|monkeys?|toasters?|potato(?:es)?|walls?|stones?|plants?|turnips?|kettles?|hamsters?"
    r"|parrots?|donkeys?|toddlers?|children|babies|dogs|cats|fence posts?|spoons?|socks?|rocks?|dog|cat|child|five-year-old)"
)
# What puts down by itself.
SCORN = tuple(
    re.compile(pattern)
    for pattern in (
        # Names called out.
        rf"^\W*(?:(?:oh|well|hey|ha|typical|right|listen|okay|look|wow),? )*{_SOME}{{0,3}}(?!{_ANIMAL}){NOUN}\W*$",
        rf"^\W*(?:(?:oh|hey|typical),? )?(?!{_ANIMAL}){NOUN}[,!]|, (?:you )?{NOUN}(?:\W*$|,)|\b{NOUN} like you\b|\bthe {NOUN} (?:that )?you are\b",
        r"\b(?:hey|bravo|well done|congratulations|congrats|nice one|good job|okay|thanks|thank you|sure),?"
        r" (?:genius|einstein|sherlock|princess|your (?:majesty|highness)|oh? (?:great|wise) one)",
        r", (?:genius|einstein|sherlock|princess|your (?:majesty|highness)|oh? (?:great|wise) one|buddy boy)\W*(?:,|$)",
        r"\bmr\.? (?:know|perfect|important|clever)|\blittle miss \w+|\byour throne\b|\bhigh horse\b|\bpoor little you\b"
        r"|\b(?:aw+|oh|did (?:the|our)),? (?:the )?poor (?:little )?(?:baby|princess|darling)\b",
        r"\b(?:give|get) (?:this|that|the) (?:man|woman|guy|lady|one|person) a medal|\byou alone (?:know|understand|can)\b",
        r"\bwhat an? (?!(?:[\w-]+,? ){0,3}(?:good|great|nice|kind|lovely|wonderful|brilliant|sweet|patient|dear|fine|thoughtful|lucky|generous"
        r"|caring|beautiful|clever|smart|amazing|friend)\b)(?:[\w-]+,? ){1,4}?you(?: are|'re)\b",
        # Questions that want no answer.
        rf"\bwhat (?:kind|sort|type) of (?:an? )?{_SOME}{{0,3}}(?:{NOUN}|person|man|woman|adult|monster|parent|friend)\b(?! (?:am|is (?:he|she)))",
        r"\bare you (?:deaf|blind|on drugs|out of your|\w+ years? old|(?:three|four|five|six)(?=\W*$))",
        r"\b(?:can't|cannot|couldn't) you (?:even )?(?:read|count|think)\b(?=\W*$| or)|\bdid you even (?:\w+ )?(?:think|read|listen|stop)\b",
        r"\bdo you (?:ever )?(?:even )?(?:listen to yourself|hear yourself|think of any\w+ but)|^\W*(?:just |oh,? )?listen to yourself\b",
        r"\b(?:were you|you were) (?:\w+ )?(?:dropped on|raised (?:by wolves|in a)|born (?:yesterday|stupid|in a barn))",
        r"\bhave you ever (?:had a single|used your (?:brain|head))|\bwho do you think you are\b|\bwho raised you\b|\bwho asked you\b",
        r"\bwhat(?:'s| is| on earth is| the \w+ is)(?: even)? (?:wrong|the matter) with you\b(?! two| guys| both| all| today| then)",
        r"\bdid(?:n't)? (?:your \w+|no one|nobody|anyone|any\w+) (?:ever )?teach you\b|\b(?:nobody|no one) (?:ever )?(?:taught|bothered to teach)"
        r" you\b",
        r"\b(?:do|must|should) i (?:really )?(?:need to |have to )?(?:draw|spell) (?:it|you|this|that)\b",
        r"\b(?:between your ears|between those ears|two brain cells|a brain cell|single brain cell|(?:functioning|working|half a) brain"
        r"|half a mind)\b",
        r"\b(?:is|was) (?:it|that|this) (?:\w+ )?(?:too|so) (?:hard|difficult|much|complicated) for (?:you|your)\b[^.!]*\?",
        # Only a fool would, and what is cleverer.
        rf"\bonly (?:an? )?{_SOME}{{0,4}}(?:{NOUN}|{TRAIT}(?: \w+)?|you)(?: \w+)? (?:would|could|can|\w+s)\b(?![^.!?]*\byour\b)",
        r"\btakes a special kind of\b|\ba special kind of (?:stupid|idiot|fool)|\bimagine being (?:so|such|this|that)\b",
        rf"\byou(?:'d| would) have to be (?:an? )?{_CALLED}[^.!?]*\b(?:here you are|so you|which you are|like you)\b",
        r"\bany(?:one)? (?:\w+ ){0,2}(?:person|adult|child|fool|idiot|one)\b[^.!?]*\b(?:but|except) (?:not )?you\b",
        rf"\b(?:even an?|an?|any|every|my|the) (?:[\w-]+ ){{0,2}}{_BEAST}\b[^.!?]{{0,60}}\b(?:than|before) you\b|\beven an? (?:\w+ )?{_BEAST}"
        r" (?:would|could|can|knows|understands|gets)\b|\beven your \w+ (?:must |probably )?(?:thinks?|knows?|laughs?)\b",
        r"\b(?:more|better) (?:sense|brains?|personality|charm|manners|class|intelligence|wit|taste|decency|backbone|spine|character)"
        r"(?: in \w+(?: \w+){0,2})? than you\b|\b(?:smarter|cleverer|brighter) than you\b|\bwall is (?:smarter|cleverer)",
        rf"\b(?:can't|cannot|hard to) believe (?:how|that)[^.!?]{{0,30}}\b{TRAIT}[^.!?]{{0,12}} you\b|\bas (?:charming|useful|subtle|clever|smart|funny|sharp"
        r"|bright|welcome|helpful|warm|useless|pleasant|interesting) as an?\b",
        r"\babout as (?:\w+ )?\w+ as an? |\bi(?:'ve| have) (?:seen|met|known|dealt with|had|read)(?: \w+){1,3} (?:who|with|that)(?: \w+)? (?:more|better)\b"
        r"|\bwith (?:\w+ ){1,2}like you\b|\bdo you (?:practi[sc]e|enjoy|like|try|love)[^.!?]{0,20}\bbeing (?:this|so|such)\b|\bmust be (?:such )?(?:an? )?(?:real |absolute )?(?:joy"
        r"|delight|fun|treat|pleasure|barrel of laughs) (?:at|to (?:live|work|be)|around)\b",
        rf"\b{TRAIT}\b[^.!?]{{0,30}}\band so (?:are you|is your)\b|\bon being (?:such )?{_CALLED}|\byou and your (?:{TRAIT}|precious)\b|\byou(?:'re| are) (?:just |such |all )?"
        r"(?:trash|garbage|filth|cringe)\b|\b(?:poor|sorry|pathetic|lousy|miserable) excuse (?:for|of) an?\b|\byou (?:smell|stink)\b",
        r"\bwhat(?:'s| is) your problem\b|\bborn without an? (?:heart|brain|sense)|\bsomething (?:\w+ )?wrong with you\b|\bwho hurt you\b|\b(?:ever|even) think before you\b|\bdid you hit your"
        r" head|\bwhat rock\b|\b(?:fun|joy|delight) at parties\b",
        rf"^\W*(?:what an? )?{TRAIT},? (?:{TRAIT} )?(?:little |old |small |young |lonely )?(?:man|woman|person|boy|girl|human|creature|individual)\W*$",
        r"\byou(?: just| simply| really| clearly)? (?:aren't|are not|'re not)(?: \w+)? (?:special|smart|clever|bright|intelligent)\b|\byou're not (?:\w+ )?(?:special|smart|clever|bright"
        r"|intelligent)\b|\byou couldn't \w+ an? [\w ]{2,30} in an? |\byou (?:always |only |just |really )?(?:whine|moan|whinge|snivel|bleat)\b|\bit's your brain\b|\bif stupidity\b"
        r"|\banother genius\b|\bget therapy\b|\bcan't be bothered\b(?<=you can't be bothered)|\blife of (?:the|every) (?:party|funeral)\b|\ban? (?:adult|grown \w+) (?:wrote|said|did)\b",
        r"\b(?:normal|decent|sane|civili[sz]ed|grown-up) (?:people|adults|humans|men|women) (?:don't|do not|would|can|know)\b|\b(?:anything|a single thing) (?:that )?you (?:don't|can't|won't)"
        r" (?:complain|moan|whine)\b|\beven (?:my|a|the) [\w-]*year-old\b",
        r"\bslow(?=,? (?:aren't|weren't|are|were) you\b)|\byou (?:really |just |still |clearly )?don't get it(?=\W*$|, do you)|\bthat's rich(?=\W*$|,| coming)|\bcoming from some(?:one|body)"
        r" who (?:can't|cannot|has never|never)|\bflatter yourself\b|\bwouldn't trust you (?:with|to)\b",
        r"\b(?:about|of|for) (?:nobody|no one|none|nothing) but yourself\b|\bonly (?:ever )?(?:think|care) (?:of|about) yourself\b|\b(?:other than|except) yourself for\b"
        r"|\byou(?:'ve)? (?:clearly |obviously |have )?never learn(?:ed|t)\b|\byou\b[^.!?]*\bwho never learn(?:ed|t) (?:to|how)",
        r"\b(?:living|working|being married|being friends|sharing \w+(?: \w+)?) (?:with|to) you must\b|\b(?:hate|not want|never want|wouldn't want) to (?:be (?:your|married to|friends with|stuck"
        r" with)|(?:live|work|travel|share \w+(?: \w+)?) with) ?you\b|\bglad (?:that )?(?:i'm|i am|i'm) not (?:your|married to|related to)|\bglad (?:that )?i don't (?:live|work|know)"
        r"(?: with)? you\b|\bwho would (?:ever )?(?:want|marry|hire|live)[^.!?]{0,20} you\b",
        r"\b(?:nobody|no one) (?:likes|loves|wants|needs|invites|respects) an? |\b(?:no surprise|obvious|clear|i (?:can )?see|i understand) (?:that |why )(?:nobody|no one|your \w+(?: \w+)?"
        r" (?:left|leaves|avoids?|hates?|goes?|go|ran|divorced|can't|don't)|people (?:avoid|hate|leave))",
        r"\byou (?:don't|do not) deserve (?:such|her|him|them|your|a (?:patient|good|kind|nice|friend|wife|husband))|^\W*(?:just |simply |absolutely |utterly |how )?(?:pathetic|shameful)\W*$"
        r"|\byou can(?:'t|not) even (?:spell|read|count|boil|write|manage|think|do)\b|\byou ruin (?:every|any)\w+|\bcry to your m|\bback to your (?:cave|bridge|mother|mommy|mummy)",
        r"\bany (?:decent|normal|sane|reasonable|self-respecting|civili[sz]ed) (?:person|man|woman|human|adult|friend|neighbou?r|being)\b|\bsurprised (?:that )?you (?:can|know how to) (?:read|write"
        r"|type|tie|dress|breathe|spell|walk)",
        # Orders.
        r"(?:^|[,;:–—-] ?|\b(?:and|so|now|please|then|oh|but|(?<!i )just) )shut (?:up|your|it\b)|\bkeep your (?:mouth|trap) shut",
        r"(?:^\W*|\b(?:just|so|please|and|oh|now),? )grow (?:up|a (?:spine|pair|brain|backbone))(?=\W*$|,| and\b| you\b| already)",
        r"\bget over yourself\b|\bget a (?:life|grip|brain|clue)\b|\bget lost\b(?! in\b| on\b| at\b)|\bgo to hell\b|\bdrop dead\b|\b(?:buzz|bugger|piss|sod) off\b"
        r"|\bscrew you\b|\bf(?:uc|\*+)k (?:you|off)\b|\bcry (?:me a river|about it|harder|more)\b|\bgo (?:jump|cry)\b|\btouch (?:some )?grass\b",
        r"(?:^\W*|[,;] |\bnow |\band |\bso )go away(?=\W*$| and| now|,)|\b(?:bother|annoy|pester) (?:someone|somebody) else\b|\bcrawl back\b"
        r"|\bunder your (?:rock|stone)\b",
        rf"\b(?:stop|quit|don't|do not|try not to)(?: always)? be(?:ing)? (?:such |so )?(?:an? )?{_CALLED}(?! to\b)",
        r"\b(?:stop|quit) (?:your |this |the )?(?:whining|moaning|whinging|bawling|snivelling|acting like)\b"
        r"|\bspare (?:us|me|the world) (?:your|the (?:whining|moaning|drama))",
        r"\buse your (?:brain|head)\b|\btry (?:\w+ )?thinking\b|\b(?:think|listen|learn|grow up|behave) for once\b|\bfor once in your life",
        r"\binto (?:your|that) (?:\w+ ){0,2}(?:head|skull)\b|\bgo back to (?:\w+ )?(?:school|kindergarten|nursery)\b|\blearn (?:to read|some manners)",
        r"\byour head out of\b|\blook in (?:the|a) mirror(?:\W*$| (?:if|and|first))|\bact your age\b|\b(?:seek|need (?:professional|serious)) help\b"
        r"|\bneed therapy\b|\bdo (?:us all|us|the (?:world|internet)|every\w+|humanity) a favou?r\b|\bnever post again\b",
        r"\blong walk off\b|\btake a hike\b|\bjump (?:in|into|off) an?\b|\bsit down and (?:be quiet|listen|learn)|\badults are (?:talking|speaking)|\bgrown-?ups are"
        r"|\b(?:stop|quit) embarrassing\b|\b(?:behave|act|talk|live) like an? (?:decent|normal|civili[sz]ed|grown|adult|mature|functioning|rational)",
        # Contempt.
        r"\b(?:nobody|no one) (?:here )?(?:\w+ )?(?:likes|wants|loves|needs|respects|believes|can (?:stand|bear)|could (?:stand|bear)|invites|misses|asked)"
        r" you\b|\b(?:nobody|no one) (?:here )?(?:wants to hear (?:it|you|your|this)|cares (?:what (?:you|a)|about (?:you\b|your (?:opinion|feeling|view"
        r"|whin|little)))|asked for (?:you|your))\b|^\W*(?:nobody|no one) cares\W*$",
        r"\bno wonder,? (?:that )?(?:nobody|no one)\b|\bno wonder\b[^.!?]*\b(?:left (?:you|the)|alone|lonely|single|hates?|avoids?|can't stand|no friends"
        r"|stopped (?:calling|inviting)|divorc\w+|moved out|ran away)\b",
        r"\bi (?:really |truly |honestly |just |almost )?pity (?:you|your|any|every|the (?:people|ones|person) (?:who|that))|\bi (?:really |truly |honestly "
        r"|just |almost )?feel sorry for (?:any\w+|every\w+|whoever|those|the (?:people|ones)|your (?:poor )?(?:wife|husband|famil|room|flat|neighbo"
        r"|child|kid|colleague|girlfriend|boyfriend|partner|parent|pupil|student|guest|dog))",
        r"\byou (?:should|ought to|must) (?:really |truly )?(?:be|feel) ashamed|\bshame on you\b|\baren't you ashamed\b|\bhave you no shame\b",
        r"\bbless your (?:little )?heart\b|\b(?:is|'s|was|are) (?:\w+ )?beyond you\b|\b(?:went|goes|go|flew|gone) (?:\w+ )?over your head\b",
        r"\byou(?:'re| are) (?:\w+ )?too (?:proud|vain|slow|cheap|busy being)\b|^\W*too (?:stupid|dumb|lazy|dense|thick|dim|proud|selfish|vain|cheap)\b",
        r"\btoo (?:complicated|clever|deep) for (?:you\b|your)|\b(?:use|in) (?:\w+ )?(?:small|simple|short|little) words\b|\bmy crayons\b"
        r"|\bi(?:'d| would) explain (?:it|this|that)\b[^.!?]*\bbut\b",
        r"\byou (?:still )?(?:wouldn't|would not|couldn't|will never|'ll never|won't ever) (?:\w+ )?(?:understand|get it|grasp|learn)\b(?=\W*$|,| either| it\b"
        r"| that\W*$| anyway)|\byou'll never (?:get|learn|understand)\b",
        r"\byou (?:wouldn't|couldn't|could not|can't) (?:\w+ )?(?:recogni[sz]e|find|spot|know|see|organi[sz]e|run|start|hit)\b[^.!?]*\bif (?:it|they|you|one"
        r"|he|she|your life)\b",
        r"\b(?:thinking|intelligence|manners|kindness|logic) (?:was|were|is|are) never your\b|\bif brains were\b|\btalking to you is"
        r"|\bwasted enough time\b|\byou(?:'re| are| aren't)[^.!?]{0,12} worth (?:my|the|our|any\w+) ",
        r"\b(?:doesn't|does not) (?:revolve|turn) around you\b|\bnot everything is about you\b|\bit's (?:always|all) about you\b|\bsound of your own voice\b"
        r"|\b(?:you think|thinking) (?:that )?you(?:'re| are) (?:so|better|special|clever|the only)\b|\bthe only (?:intelligent|smart|clever|sane) (?:person|one)\b",
        r"\byou(?:'ve| have)?(?: got)?(?: \w+ly)? (?:have |lack |got )?(?:no|not an? \w+ of|zero|not a shred of|(?:even )?the most basic) (?:brains?|manners"
        r"|taste|clue|class|decency|shame|heart|spine|backbone|sense|respect|empathy|self-\w+|personality|character|dignity)\b(?! that)",
        r"\byou (?:haven't|have not)(?: got)? (?:a|the faintest|the slightest|two)(?: \w+)? ?(?:clue|brain|idea)",
        r"\byou(?:'ve| have| 've)?(?: got)? (?:about |all )?the (?:\w+ )?(?:depth|warmth|grace|sensitivity|tact|patience|maturity|imagination|intellect|subtlety"
        r"|humou?r|backbone|morals|self-awareness|memory|people skills|common sense|vocabulary) of (?:an?|the) (?!saint|angel|lion|poet|giant|wise)"
        r"|\b(?:have|has|got|'ve)(?: got)? (?:all )?the (?:charm|manners|brains?|attention span|iq|intelligence|personality|empathy|wit|social skills"
        r"|emotional range) of\b|\bbrain the size\b",
        r"\byou(?:'re| are) (?:\w+ )?full of it\b|\bfull of yourself\b|\bout of your (?:\w+ )?mind\b|\blost your mind\b|\bembarrass(?:ing)? yourself\b"
        r"|\bembarrassed for you\b|\bsucks to be you\b|\bgold star for you\b|\bslow clap\b|\b(?:die|end up|grow old) alone\b|\bsome of us have (?:lives|jobs|a life|real)|\bpeaked in\b"
        r"|\bso little going on\b|\bno life\b|\byou(?:'re| are) the reason\b|\bhave no business\b|\bboo[ -]?hoo\b",
        r"\byour (?:head|brain|skull) (?:is|must be|seems)(?: \w+){0,2} (?:empty|hollow|full of|made of|on holiday|missing|broken|mush|the size)|\byour brain"
        r" must\b|\byour (?:whole|entire) personality\b|\byour (?:own |poor )?\w+ must be (?:so |very |really )?(?:ashamed"
        r"|disappointed|embarrassed)\b|\bhow little you (?:care|know|understand|think)\b",
        rf"\b(?:never|seldom|rarely) (?:met|seen|known|read|heard) (?:any\w+|some\w+|a \w+|one) (?:as|so|more|this) {TRAIT}",
        r"\byou(?:'re| are| aren't)(?: \w+)?(?: not)? (?:very|too|particularly|exactly|all that) (?:bright|clever|smart|intelligent)\b|\bnot (?:exactly )?the"
        r" (?:brightest|sharpest|smartest)\b|\byou(?:'re| are)[^.!?]{0,32}\bnot (?:clever|smart|bright|intelligent) enough\b",
        r"\bthick as (?:a|two)\b|\bdumb as (?:a|an)\b|\bsad,? (?:bitter|little|lonely|old),? (?:\w+ )?(?:person|man|woman|life|soul|existence)\b|\bstep on a"
        r" (?:plug|brick|lego)\b|\bso much for your (?:intelligence|brains?|manners|wisdom|education|kindness)|\byou (?:always )?play the victim\b",
    )
)
# Put down unless somebody else was spoken of before.
OF_ANYBODY = re.compile(
    r"^\W*(?:(?:so|just|utterly|simply|truly|really|plain) )?(?:selfish|lazy|rude|pathetic|shameful|childish|arrogant|petty|entitled|greedy|stupid|spoil(?:t|ed))\W*$|"
    rf"\bhow can (?:any|some|one|a )\w* ?(?:person |human )?be (?:so|this|that) {TRAIT}\b(?! to (?:an?|the|her|him|them|his|your)\b)|\bhow {TRAIT} can (?:any|some|one|a )\w* ?(?:person |man |woman )?be\b"
)
# Put down unless warm words stand beside it.
LIKE_YOU = re.compile(
    rf"\b(?:people|some(?:one|body)|an? (?:person|man|woman|neighbou?r|flatmate)) like you\b|\bthe likes of you\b|\b{TRAIT} (?:\w+ )?like you\b"
)
