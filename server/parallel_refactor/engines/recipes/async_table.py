"""Which calls block, and what is awaited in their place; who may call a coroutine function instead of a function.

A call with an equivalent in asyncio that takes the same arguments and does the same is replaced by it. All others go on
in a thread, `await asyncio.to_thread(requests.get, url)`: the same call with the same result and the same exceptions.
Equivalents that differ are not taken: `httpx.AsyncClient` has other types of transports and streams than the functions
of requests, and `asyncio.create_subprocess_exec` neither checks exit codes nor decodes.
"""

from __future__ import annotations

from collections import defaultdict

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_words import External, ExternalObject, Value

EQUIVALENTS = {"time.sleep": "asyncio.sleep"}
"""Calls with an equivalent of the same arguments. (A negative time, an error for `time.sleep`, is none for asyncio.)"""

THREADED = word_set(
    """
    httpx.delete httpx.get httpx.head httpx.options httpx.patch httpx.post httpx.put httpx.request
    httpx2.delete httpx2.get httpx2.head httpx2.options httpx2.patch httpx2.post httpx2.put httpx2.request
    requests.delete requests.get requests.head requests.options requests.patch requests.post requests.put
    requests.request requests.api.get requests.api.post requests.api.request
    urllib.request.urlopen urllib.request.urlretrieve urllib3.request
    subprocess.call subprocess.check_call subprocess.check_output subprocess.getoutput subprocess.getstatusoutput
    subprocess.run os.system
    socket.create_connection socket.getaddrinfo socket.gethostbyaddr socket.gethostbyname socket.gethostbyname_ex
    psycopg.connect psycopg2.connect pymysql.connect smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP ftplib.FTP_TLS
    """
)
"""Functions that block."""

_HTTP = word_set("delete get head options patch post put request send")
_QUERY = word_set("callproc commit cursor execute executemany fetchall fetchmany fetchone rollback close")
METHODS = {
    "ftplib.FTP": word_set("cwd delete dir login mkd nlst quit retrbinary retrlines storbinary storlines"),
    "http.client.HTTPConnection": word_set("connect getresponse request"),
    "http.client.HTTPSConnection": word_set("connect getresponse request"),
    "httpx.Client": _HTTP,
    "httpx2.Client": _HTTP,
    "psycopg.Connection": _QUERY,
    "psycopg.Cursor": _QUERY,
    "psycopg.connect()": _QUERY,
    "psycopg2.connect()": _QUERY,
    "pymysql.connect()": _QUERY,
    "requests.Session": _HTTP,
    "requests.session()": _HTTP,
    "requests.sessions.Session": _HTTP,
    "smtplib.SMTP": word_set("connect ehlo login quit send_message sendmail starttls"),
    "smtplib.SMTP_SSL": word_set("connect ehlo login quit send_message sendmail"),
    "subprocess.Popen": word_set("communicate wait"),
    "urllib.request.urlopen()": word_set("read readline readlines"),
}
"""Methods that block, by the type of their object or by what gave it. Each may go on in any thread."""

FILES = word_set("shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move shutil.rmtree os.replace")
FILE_METHODS = {"pathlib.Path": word_set("read_bytes read_text write_bytes write_text")}
"""What reads and writes files: only with the option `files`."""

TIED = {"sqlite3.connect": "a sqlite3 connection must stay in the thread that made it"}
"""Functions that block and give something that no other thread may use, with what is said of them."""

RUNNERS = word_set(
    """
    asyncio.run asyncio.Runner anyio.run trio.run uvloop.run asgiref.sync.async_to_sync anyio.from_thread.run
    nest_asyncio.apply
    """
)
"""What starts an event loop: where one runs already, it fails."""

TRANSPARENT = word_set(
    """
    abc.abstractmethod builtins.classmethod builtins.staticmethod typing.final typing.override typing_extensions.final
    typing_extensions.override
    """
)
"""Decorators that mean the same for a coroutine function."""

_ROUTED = word_set("fastapi.FastAPI fastapi.APIRouter")
_ROUTES = word_set("delete get head options patch post put trace route api_route")
_ENDPOINTS = word_set("starlette.routing.Route fastapi.routing.APIRoute")


@frozen
class Replacement:
    """What is awaited in place of a blocking call: an equivalent of the same arguments, or the call in a thread."""

    equivalent: str = ""
    tied: str = ""


def replacement(function: Value | None, *, files: bool) -> Replacement | None:
    """Tell what is awaited in place of a call of a function; None where it does not block."""
    match function:
        case External(name=name):
            if name in EQUIVALENTS:
                return Replacement(EQUIVALENTS[name])
            if name in TIED:
                return Replacement(tied=TIED[name])
            if name in THREADED or (files and name in FILES):
                return Replacement()
        case ExternalObject(type=kind):
            owner, _, method = kind.rpartition(".")
            if method in METHODS.get(owner, ()) or (files and method in FILE_METHODS.get(owner, ())):
                return Replacement()
    return None


def names_by_module(*, files: bool) -> dict[str, frozenset[str]]:
    """Give the last names of what blocks, by the dotted name of the module that it comes from."""
    functions = {*EQUIVALENTS, *TIED, *THREADED, *(FILES if files else ())}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name in functions:
        found[name.rpartition(".")[0]].add(name.rpartition(".")[2])
    for kind, names in (METHODS | (FILE_METHODS if files else {})).items():
        found[kind.rpartition(".")[0]] |= names
    return {module: frozenset(names) for module, names in found.items()}


def is_endpoint(taker: Value | None) -> bool:
    """Tell whether what takes a function as an argument takes a coroutine function as well: a web framework's route."""
    return isinstance(taker, External | ExternalObject) and (
        getattr(taker, "name", "") in _ENDPOINTS or getattr(taker, "type", "") in _ENDPOINTS
    )


def is_route(decorator: Value | None) -> bool:
    """Tell whether a decorator is a web framework's that takes coroutine functions as well."""
    if not isinstance(decorator, ExternalObject):
        return False
    kind, _, method = decorator.type.removesuffix("()").rpartition(".")
    return kind in _ROUTED and method in _ROUTES


def is_mark(decorator: Value | None) -> bool:
    """Tell whether a decorator only marks a test for pytest."""
    return isinstance(decorator, External) and decorator.name.startswith("pytest.mark.")
