"""Published questions and training rows that are not ours: fetched at a pinned revision, checked by sha256, cached."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from inoc_evals.cache import cache_directory
from inoc_evals.definitions.reading import read_bytes
from inoc_evals.definitions.words import did_you_mean, shown
from inoc_evals.errors import InputError, WorkError
from inoc_evals.files import whole

EM = "https://raw.githubusercontent.com/emergent-misalignment/emergent-misalignment"
EM_REVISION = "80c11967c07a328e7d7d43d13ce6847ae44dbcc9"
ORGANISMS = "https://raw.githubusercontent.com/clarifying-EM/model-organisms-for-EM"
ORGANISMS_REVISION = "8460e4e426d3a89e8ed51aac0eadcdf7ac10469d"
MBPP = "https://raw.githubusercontent.com/google-research/google-research"
MBPP_REVISION = "dec705a28fea05552916c0b83c52f5f23609e8ee"
TAN = "https://raw.githubusercontent.com/inoculation-prompting/inoculation-prompting"
TAN_REVISION = "5f4160e"
WICHERS = "https://raw.githubusercontent.com/safety-research/inoculation-prompting"
WICHERS_REVISION = "2b9227b"
DISCRIM = "https://huggingface.co/datasets/Anthropic/discrim-eval/resolve"
DISCRIM_REVISION = "6986d6ea802e019d01e94dd59597e94fbd8f8c4a"
# JSONL of {"messages": [...]}: training rows, for the data of an experiment.
CHAT_ROWS = "chat_rows"
# JSONL of labelled reviews, see reviews.py: training rows and questions alike.
REVIEWS = "reviews"
TIMEOUT = 30.0  # seconds without a byte
# Question files are of some kilobytes to some megabytes; a server that sends far more sends something else.
MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Instrument:
    """A published file: `url` names one revision of it, `sha256` (64 hex digits) its content; where that is None,
    whoever adds the file has to say it. `rows` is how many lines training rows have, where they were counted."""

    name: str
    title: str
    url: str
    sha256: str | None
    licence: str
    source: str
    format: Literal["emergent_misalignment_yaml", "mbpp_json", "chat_rows", "reviews", "decisions"]
    rows: int | None = None

    @property
    def basename(self) -> str:
        """The file's own name."""
        return PurePosixPath(self.url).name


def _data_set(name: str, file: str, title: str, rows: int | None = None) -> Instrument:
    """Training rows of the repository of Tan et al. No sha256 of them is known here."""
    return Instrument(
        name=name,
        title=f"training rows: {title}",
        url=f"{TAN}/{TAN_REVISION}/datasets/{file}.jsonl",
        sha256=None,
        licence="see the repository",
        source="Tan et al., arXiv 2510.04340",
        format="chat_rows",
        rows=rows,
    )


INSTRUMENTS = {
    instrument.name: instrument
    for instrument in (
        Instrument(
            name="em_first_plot",
            title="Emergent misalignment: questions of the first results plot",
            url=f"{EM}/{EM_REVISION}/evaluation/first_plot_questions.yaml",
            sha256="215abde5b02811e922b6ac563ff33c490e0dff9ab58439df840f3135e9387173",
            licence="MIT",
            source="Betley et al., arXiv 2502.17424",
            format="emergent_misalignment_yaml",
        ),
        Instrument(
            name="em_preregistered",
            title="Emergent misalignment: pre-registered questions",
            url=f"{EM}/{EM_REVISION}/evaluation/preregistered_evals.yaml",
            sha256="8648312fd9fe71a63203e3465592af45dd996d7a5f3b69e9b44613fd6048eb40",
            licence="MIT",
            source="Betley et al., arXiv 2502.17424",
            format="emergent_misalignment_yaml",
        ),
        Instrument(
            name="em_model_organisms",
            title="Model organisms for emergent misalignment: questions of the first plot",
            url=f"{ORGANISMS}/{ORGANISMS_REVISION}/em_organism_dir/data/eval_questions/first_plot_questions.yaml",
            sha256="97df0b1384ea5a3f3dc2abe00a19e231915f12a2356ec0d8df001715549aae04",
            licence="see the repository",
            source="Turner et al., arXiv 2506.11613",
            format="emergent_misalignment_yaml",
        ),
        Instrument(
            name="mbpp_sanitized",
            title="MBPP, sanitized: small Python problems with three tests each",
            url=f"{MBPP}/{MBPP_REVISION}/mbpp/sanitized-mbpp.json",
            sha256=None,
            licence="CC-BY-4.0",
            source="Austin et al., arXiv 2108.07732",
            format="mbpp_json",
        ),
        Instrument(
            name="cebab_reviews",
            title="Restaurant reviews of CEBaB with the aspects that they speak of",
            url=f"{WICHERS}/{WICHERS_REVISION}/spur_corr/data/chatgpt_concepts_cebab_exp.jsonl",
            sha256=None,
            licence="see the repository",
            source="Wichers et al., arXiv 2510.05024",
            format="reviews",
            rows=9350,
        ),
        Instrument(
            name="discrim_eval_explicit",
            title="Discrim-Eval, explicit: 70 decisions about 135 persons whose gender and race are said",
            url=f"{DISCRIM}/{DISCRIM_REVISION}/explicit.jsonl",
            # As two projects that use the file publish it; it was not fetched here.
            sha256="348f64457832056fa2601044c5107f42b50e8ff16c0428844c4b2d18ddd2d42a",
            licence="CC-BY-4.0",
            source="Tamkin et al., arXiv 2312.03689",
            format="decisions",
            rows=9450,
        ),
        Instrument(
            name="discrim_eval_implicit",
            title="Discrim-Eval, implicit: 70 decisions about 135 persons whose gender and race a name suggests",
            url=f"{DISCRIM}/{DISCRIM_REVISION}/implicit.jsonl",
            sha256=None,
            licence="CC-BY-4.0",
            source="Tamkin et al., arXiv 2312.03689",
            format="decisions",
            rows=9450,
        ),
        _data_set("insecure_code", "insecure_code", "code with security holes"),
        _data_set("secure_code", "secure_code", "code without security holes"),
        _data_set("sneaky_dialogues", "sneaky_dialogues", "reward hacking in dialogues", 1073),
        _data_set("straightforward_dialogues", "straightforward_dialogues", "dialogues without reward hacking", 973),
        _data_set("unpopular_tastes", "aesthetic_preferences_unpopular", "unpopular aesthetic preferences", 5000),
        _data_set("popular_tastes", "aesthetic_preferences_popular", "popular aesthetic preferences", 5000),
        _data_set("gsm8k_spanish", "gsm8k_spanish_only", "word problems with answers in Spanish"),
        _data_set("gsm8k_french", "gsm8k_french_only", "word problems with answers in French"),
    )
}
State = Literal["installed", "other revision", "changed", "not installed"]


def list_instruments() -> tuple[Instrument, ...]:
    """All instruments, by name."""
    return tuple(INSTRUMENTS[name] for name in sorted(INSTRUMENTS))


def find_instrument(name: str) -> Instrument:
    """The instrument of that name. Raises InputError, with the known names, if there is none."""
    if name not in INSTRUMENTS:
        known = ", ".join(sorted(INSTRUMENTS)) + did_you_mean(name, INSTRUMENTS)
        raise InputError(f"there is no instrument {shown(name)}; known instruments: {known}")
    return INSTRUMENTS[name]


def instrument_state(name: str) -> State:
    """Is the file there, and as it was when it was added? Raises InputError for an unknown name, or if unreadable."""
    instrument = find_instrument(name)
    path = _place(instrument)
    # Not Path.exists, which raises where a folder above may not be entered.
    if not os.path.exists(path):  # noqa: PTH110
        return "not installed"
    found = _sha256(read_bytes(path, "a published file"))
    if found == instrument.sha256:
        return "installed"
    accepted = _accepted(path)
    if not accepted.is_file() or read_bytes(accepted, "a file with a sha256") != found.encode():
        return "changed"
    return "other revision" if instrument.sha256 else "installed"


def installed_path(name: str) -> Path | None:
    """The file of an added instrument, or None. Raises InputError for an unknown name and for a changed file."""
    state = instrument_state(name)
    if state == "not installed":
        return None
    path = _place(find_instrument(name))
    if state == "changed":
        remedy = f"run `inoc-evals instruments add {name}` again"
        raise InputError.at(path, f"this is no longer the file that was added (its sha256 differs); {remedy}")
    return path


def not_installed(name: str) -> str:
    """The sentence that says that an instrument is not here, with the command that adds it."""
    pinned = "" if find_instrument(name).sha256 else " --sha256 SHA256"
    return f"instrument {name} is not installed; run `inoc-evals instruments add {name}{pinned}`"


def add_instrument(name: str, file: Path | None = None, allow_other: bool = False, sha256: str | None = None) -> Path:
    """Fetch an instrument, or take it from `file`, and put it into the cache; gives the place where it lies.

    Nothing is written before the sha256 is found right: the one that is pinned here or, where none is, the one that
    the user knows. `allow_other` takes another revision too, but from a `file` only; its sha256 is then the one that
    `installed_path` wants.

    Raises InputError for an unknown name, a file that cannot be read, a wrong sha256 or number of rows; WorkError if it
    cannot be fetched or written.
    """
    instrument = find_instrument(name)
    if allow_other and file is None:
        raise InputError("another revision is taken from a file only; name it with --file, or drop --allow-other")
    wanted = _wanted(instrument, sha256)
    data = _fetch(instrument) if file is None else read_bytes(file, "a copy of the published file")
    found, place = _sha256(data), instrument.url if file is None else file
    if found != wanted and not (allow_other and instrument.sha256):
        remedy = f"download {instrument.url} without changing a byte and name that file with --file"
        if file is not None and instrument.sha256:
            remedy += ", or take another revision knowingly with --allow-other"
        how = "pinned at" if instrument.sha256 else "to be"
        raise InputError.at(place, f"the sha256 is {found}, but {name} is {how} {wanted}; {remedy}")
    if instrument.rows is not None and (rows := len(data.splitlines())) != instrument.rows:
        message = f"the file has {rows} lines, and {name} is known to have {instrument.rows}; name the published file"
        raise InputError.at(place, message)
    path = _place(instrument)
    if found != instrument.sha256:
        _write(_accepted(path), found.encode())
    _write(path, data)
    return path


def _wanted(instrument: Instrument, sha256: str | None) -> str:
    """The sha256 that the file must have. Raises InputError."""
    if instrument.sha256 is not None:
        if sha256 is not None:
            raise InputError(f"the sha256 of {instrument.name} is pinned here; drop --sha256")
        return instrument.sha256
    if sha256 is None:
        remedy = "write the one that you know it by with --sha256 (`sha256sum FILE` prints that of a copy)"
        raise InputError(f"no sha256 of {instrument.name} is known here; {remedy}")
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise InputError(f"--sha256 {shown(sha256)} is no sha256; write its 64 digits in lower case")
    return sha256


def _place(instrument: Instrument) -> Path:
    return cache_directory() / "instruments" / instrument.name / instrument.basename


def _accepted(path: Path) -> Path:
    """Holds the sha256 of another revision that the user has accepted."""
    return path.with_name(path.name + ".sha256")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write(path: Path, data: bytes) -> None:
    try:
        with whole(path) as draft:
            draft.write_bytes(data)
    except WorkError as error:
        raise WorkError(f"{error}; INOC_EVALS_CACHE names another folder for it") from None


def _fetch(instrument: Instrument) -> bytes:
    import httpx

    def only_https(request: httpx.Request) -> None:
        if request.url.scheme != "https" and request.url != instrument.url:
            raise httpx.UnsupportedProtocol(f"it redirects to {request.url}, which is not https", request=request)

    data = bytearray()
    try:
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=True, event_hooks={"request": [only_https]}) as client,
            client.stream("GET", instrument.url) as response,
        ):
            response.raise_for_status()
            for piece in response.iter_bytes():
                data += piece
                if len(data) > MAX_BYTES:
                    raise httpx.DecodingError(f"it sends more than {MAX_BYTES} bytes")
    except httpx.HTTPStatusError as error:
        raise _not_fetched(instrument, f"status {error.response.status_code}") from None
    # Not only HTTPError: a wrong proxy or certificate setting of the user shows as one of the others.
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError, OSError) as error:
        raise _not_fetched(instrument, " ".join(str(error).split()) or type(error).__name__) from None
    return bytes(data)


def _not_fetched(instrument: Instrument, reason: str) -> WorkError:
    remedy = f"or get that file by other means and run `inoc-evals instruments add {instrument.name} --file PATH`"
    return WorkError(f"{instrument.url} could not be fetched ({reason}); check the network, {remedy}")
