"""The packages that the demonstration and the check run on. To add one: pin it, and say how its tests run."""

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

PACKAGES = {package.name: package for package in (DJANGO, NETWORKX, PYRAMID, SAMPLE)}
