"""The packages that demonstration, check and benchmarks run on. To add one: pin it; say how its tests run, if any."""

from __future__ import annotations

from tests.packages.fetch import Package

_PYTEST = ("-m", "pytest", "-q", "-p", "pytest_outcomes", "-p", "no:cacheprovider")

SAMPLE = Package("bookshop", suite=(*_PYTEST, "-c", "setup.cfg", "--rootdir=."))

DJANGO = Package(
    "django",
    "5.2.19",
    "ad03d8abc51dbff95ebf34b27123cf0c26a3b62db7ba0cd520783686362533d1",
    requires=(
        "asgiref==3.9.1",
        "sqlparse==0.5.3",
        "tblib==3.1.0",
        "jinja2==3.1.6",
        "docutils==0.21.2",
        "PyYAML==6.0.2",
    ),
    suite=("runtests.py", "--settings=django_outcomes", "--parallel=2", "--verbosity=0"),
    folder="tests",
    path="..",
)

NETWORKX = Package(
    "networkx",
    "3.6.1",
    "26b7c357accc0c8cde558ad486283728b65b6a95d85ee1cd66bafab4c8168509",
    requires=("pytest==9.2.0", "pytest-xdist==3.8.0"),
    suite=(*_PYTEST, "-n2"),
    tests=("networkx",),
)

PYRAMID = Package(
    "pyramid",
    "2.1",
    "5a24bc1b5f9e0f0d1c0b6ddd1111e84c15dac44a07e3c1d24e74dd9bb4fc22eb",
    requires=("pytest==9.2.0", "pyramid==2.1", "WebTest==3.0.7", "zope.component==7.1"),
    suite=_PYTEST,
    tests=("tests",),
    path="src",
)

REQUESTS = Package(
    "requests",
    "2.32.5",
    "dbba0bac56e100853db0ea71b82b4dfd5fe2bf6d3754a8893c3af500cec7d7cf",
    requires=("pytest==9.2.0", "pytest-httpbin==2.1.0", "pytest-mock==3.15.1", "trustme==1.2.1", "requests==2.32.5"),
    suite=_PYTEST,
    tests=("tests",),
    path="src",
)

HTTPIE = Package(
    "httpie",
    "3.2.4",
    "302ad436c3dc14fd0d1b19d4572ef8d62b146bcd94b505f3c2521f701e2e7a2a",
    requires=("pytest==8.4.2", "pytest-httpbin==2.1.0", "pytest-mock==3.15.1", "responses==0.25.8", "httpie==3.2.4"),
    suite=_PYTEST,
    tests=("tests",),
)

FLASK = Package(
    "flask",
    "3.1.2",
    "bf656c15c80190ed628ad08cdfd3aaa35beb087855e2f494910aa3774cc4fd87",
    requires=("pytest==8.4.2", "flask==3.1.2"),
    suite=_PYTEST,
    tests=("tests",),
    path="src",
)

JINJA2 = Package(
    "jinja2",
    "3.1.6",
    "0137fb05990d35f1275a587e9aee6d56da821fc83491a0fb838183be43f66d6d",
    requires=("pytest==9.2.0", "jinja2==3.1.6", "trio==0.31.0"),
    suite=_PYTEST,
    tests=("tests",),
    path="src",
)

ATTRS = Package(
    "attrs",
    "25.4.0",
    "16d5969b87f0859ef33a48b35d55ac1be6e42ae49d5e853b597db70c35c57e11",
    requires=("pytest==9.2.0", "attrs==25.4.0", "hypothesis==6.170.0", "cloudpickle==3.1.1"),
    suite=_PYTEST,
    tests=("tests",),
    path="src",
)

RICH = Package("rich", "14.2.0", "73ff50c7c0c1c77c8243079283f4edb376f0f6442433aecb8ce7e6d0b92d1fe4")

BLACK = Package("black", "25.11.0", "9a323ac32f5dc75ce7470501b887250be5005a01602e931a15e45593f70f6e08")

FASTAPI = Package("fastapi", "0.121.3", "0055bc24fe53e56a40e9e0ad1ae2baa81622c406e548e501e717634e2dfbc40b")

_ALL = (SAMPLE, REQUESTS, HTTPIE, FLASK, JINJA2, ATTRS, RICH, BLACK, FASTAPI, PYRAMID, NETWORKX, DJANGO)
PACKAGES = {package.name: package for package in _ALL}
