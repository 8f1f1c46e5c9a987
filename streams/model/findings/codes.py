"""Every fault a scoring model can have, by a code that never changes its meaning."""

from enum import StrEnum


class Code(StrEnum):
    """The letter says the family: Y form, S shape, T value, N name, K kind, P privacy, R reach, H handoff,
    I identity, W who and when of routing."""

    NOT_YAML = "Y101"
    TAB = "Y102"
    ANCHOR = "Y103"
    TAG = "Y104"
    SECOND_DOCUMENT = "Y105"
    TWICE = "Y106"
    NOT_WORDS = "Y107"
    TOO_LARGE = "Y108"
    TOO_DEEP = "Y109"
    UNPRINTABLE = "Y110"

    MISSING = "S101"
    SHAPE = "S102"
    UNKNOWN_WORD = "S103"
    NOT_YET = "S104"
    EMPTY = "S105"
    MIXED = "S106"

    NUMBER = "T101"
    POINTS = "T102"
    DURATION_UNIT = "T103"
    DURATION = "T104"
    DATE = "T105"
    TIME_ZONE = "T106"
    TEST_TYPE = "T107"
    TEST = "T108"
    LINE = "T109"
    REPEAT = "T110"
    YES_NO = "T111"
    NAME = "T112"
    TEXT = "T113"
    KIND = "T114"
    PAGE = "T115"
    FACT_TYPE = "T116"
    LEVEL = "T117"

    NAME_TWICE = "N101"
    GROUP = "N102"
    FACT = "N103"
    SCALE_VALUE = "N104"
    PROPERTY = "N105"
    RESERVED = "N106"
    GROUP_UNUSED = "N107"
    RULE = "N108"
    LEVEL_NAME = "N109"

    UNKNOWN_KIND = "K101"
    SENSITIVE = "P301"

    LIMIT = "R201"
    COUNT = "R202"
    LABELS = "R203"
    UNREACHABLE = "R205"
    NO_EFFECT = "R207"
    HIDDEN = "R208"
    OVER = "R209"

    HANDOFF_ENGAGEMENT = "H201"
    HANDOFF_NONE = "H202"
    REARM = "H204"

    NAMESPACE = "I101"
    NEAR_NAMESPACE = "I102"
    PATTERN = "I103"
    EVERYBODY = "I104"
    BOTH = "I105"

    HOURS = "W101"
    WHO = "W102"
    PROMISE = "W103"
