"""neomodel classes for every label: the graph as Python objects, for keyed reads and for exploring in a shell.

The product does not use them (its statements are in ``cypher/``); tests hold that every property that is written is declared here. Their extra,
``neomodel``, keeps the name ``id`` to itself: here it is ``uid``. ``bound`` has it read one server for this thread (docs/neomodel.md, decision 24)::

    with bound(memos.driver):
        cube = MemCube.nodes.get(uid="0199…")
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from neo4j import Driver

from memos_graph.kit.extras import needing

with needing("neomodel", "The graph as Python objects"):
    from neomodel import (
        ArrayProperty,
        BooleanProperty,
        DateTimeNeo4jFormatProperty,
        FloatProperty,
        IntegerProperty,
        RelationshipFrom,
        RelationshipTo,
        StringProperty,
        StructuredNode,
        StructuredRel,
        db,
    )

    from memos_graph.graph.records import (
        ApiKey,
        Contract,
        CostEntry,
        Holder,
        Holds,
        Job,
        Listing,
        Moved,
        Policy,
        Receipt,
        Run,
        Snapshot,
        Step,
        Store,
    )

__all__ = [
    "AnnotatedFrom",
    "ApiKey",
    "AuditEvent",
    "Concept",
    "Contract",
    "CostEntry",
    "DerivedFrom",
    "Evolved",
    "From",
    "Granted",
    "HasRole",
    "Holder",
    "Holds",
    "Job",
    "Listing",
    "MemCube",
    "MemVersion",
    "Mentions",
    "Moved",
    "PastState",
    "Policy",
    "Principal",
    "Receipt",
    "Run",
    "Snapshot",
    "Source",
    "Space",
    "Step",
    "Store",
    "Topic",
    "WasDerivedFrom",
    "bound",
]


@contextmanager
def bound(driver: Driver) -> Iterator[None]:
    """Point neomodel at ``driver`` for this thread while the block runs; restores what was set before.

    The block is one transaction that reads: the server refuses to write in it, since nobody would vouch for what is written past the product.
    """
    before = db.driver
    db.set_connection(driver=driver)
    try:
        with db.read_transaction:
            yield
    finally:
        if before is None:
            db.driver = None
        else:
            db.set_connection(driver=before)


class Mentions(StructuredRel):
    """How strongly a memory is about a concept; ``weight`` 0 to 1."""

    weight = FloatProperty()


class From(StructuredRel):
    """Where in its source a memory stands, counted from 0."""

    position = IntegerProperty()


class DerivedFrom(StructuredRel):
    """Provenance: by which ``transform``, when, and by whom."""

    transform = StringProperty()
    at = DateTimeNeo4jFormatProperty()
    by = StringProperty()


class AnnotatedFrom(DerivedFrom):
    """Provenance as a person noted it: lineage shows it, and nothing else follows it."""

    until = DateTimeNeo4jFormatProperty()


class WasDerivedFrom(DerivedFrom):
    """Provenance that an update ended at ``until``; readers as of an earlier moment still follow it."""

    until = DateTimeNeo4jFormatProperty()


class Evolved(StructuredRel):
    """One memory replaced, contradicted or took in another: when, by whom, and when that was taken back."""

    at = DateTimeNeo4jFormatProperty()
    by = StringProperty()
    until = DateTimeNeo4jFormatProperty()


class Granted(StructuredRel):
    """What a principal or a role may do, or may not, and until when."""

    actions = ArrayProperty(StringProperty())
    purposes = ArrayProperty(StringProperty())
    sees = IntegerProperty()
    reason = StringProperty()
    expires_at = DateTimeNeo4jFormatProperty()
    by = StringProperty()
    at = DateTimeNeo4jFormatProperty()


class HasRole(StructuredRel):
    """Since when, by whose word and until when a principal has a role."""

    expires_at = DateTimeNeo4jFormatProperty()
    by = StringProperty()
    at = DateTimeNeo4jFormatProperty()


class Principal(StructuredNode):
    """Who acts: a user, an agent or a service; also ``:Role``, held by others, and ``:Mandate``, which combines others."""

    __optional_labels__: ClassVar[list[str]] = ["Role", "Mandate"]

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    kind = StringProperty()
    owner = StringProperty()
    tenant = StringProperty()
    tenant_at = DateTimeNeo4jFormatProperty()
    purpose = StringProperty()
    actions = ArrayProperty(StringProperty())
    created_at = DateTimeNeo4jFormatProperty()
    at = DateTimeNeo4jFormatProperty()  # when a mandate was last given
    expires_at = DateTimeNeo4jFormatProperty()
    digest = StringProperty()  # keyed: its roles, mandates, keys and tenant (integrity)
    locked = BooleanProperty()  # set to take its write lock; what it says means nothing
    roles = RelationshipTo("Principal", "HAS_ROLE", model=HasRole)
    combines = RelationshipTo("Principal", "COMBINES")
    spaces = RelationshipTo("Space", "OWNS")
    grants = RelationshipTo("Space", "GRANTED", model=Granted)
    grants_on_topics = RelationshipTo("Topic", "GRANTED", model=Granted)
    grants_on_memories = RelationshipTo("MemCube", "GRANTED", model=Granted)
    denials = RelationshipTo("Space", "DENIED", model=Granted)


class Space(StructuredNode):
    """The unit of isolation, of mounting and of sharing."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    space_key = StringProperty()
    created_at = DateTimeNeo4jFormatProperty()
    speakers = ArrayProperty(StringProperty())
    revision = IntegerProperty()
    audit_seq = IntegerProperty()
    audit_hash = StringProperty()
    locked = BooleanProperty()  # set to take the space's write lock; what it says means nothing
    cubes = IntegerProperty()
    owner = StringProperty()
    tenant = StringProperty()
    sees_default = IntegerProperty()
    sees_names = ArrayProperty(StringProperty())
    sees_levels = ArrayProperty(IntegerProperty())
    reads_first = BooleanProperty()  # a read is in the log before its answer is given
    digest = StringProperty()  # keyed: its rights and rules, part by part (integrity)
    tally = StringProperty()  # of all its memories and their digests
    tally_mark = StringProperty()  # keyed: binds the tally to the end of the log
    owned_by = RelationshipFrom("Principal", "OWNS")
    policy = RelationshipTo("Policy", "GOVERNED_BY")
    receipts = RelationshipTo("Receipt", "HAS_RECEIPT")


class Source(StructuredNode):
    """A conversation, a session, a document or a tool run."""

    space = StringProperty(required=True)
    uid = StringProperty(required=True, db_property="id")
    kind = StringProperty()
    title = StringProperty()
    at = DateTimeNeo4jFormatProperty()
    length = IntegerProperty()
    last = StringProperty()
    last_vector = ArrayProperty(FloatProperty())
    within = RelationshipTo("Source", "PART_OF")


class Topic(StructuredNode):
    """The upper level of routing."""

    space = StringProperty(required=True)
    name = StringProperty(required=True)
    embedding = ArrayProperty(FloatProperty())
    weight = FloatProperty()


class Concept(StructuredNode):
    """The middle level of routing."""

    space = StringProperty(required=True)
    name = StringProperty(required=True)
    embedding = ArrayProperty(FloatProperty())
    mentions = IntegerProperty()
    topic = RelationshipTo("Topic", "WITHIN")


class PastState(StructuredNode):
    """What a cube was between two moments: its state, whether searches found it, and since when it was true."""

    cube = StringProperty(required=True)
    space = StringProperty()
    state = StringProperty()
    live = BooleanProperty()
    valid_from = DateTimeNeo4jFormatProperty()
    valid_to = DateTimeNeo4jFormatProperty()
    fingerprint = StringProperty()
    left_with_source = BooleanProperty()
    updated_at = DateTimeNeo4jFormatProperty()
    known_from = DateTimeNeo4jFormatProperty()
    known_to = DateTimeNeo4jFormatProperty()


class MemVersion(StructuredNode):
    """An immutable version of a cube's content; ``:PastVersion`` too once no search of the present finds it."""

    __optional_labels__: ClassVar[list[str]] = ["PastVersion"]

    cube = StringProperty(required=True)
    number = IntegerProperty(required=True)
    space = StringProperty()
    space_key = StringProperty()
    text = StringProperty()
    sha256 = StringProperty()
    embedding = ArrayProperty(FloatProperty())
    topics = ArrayProperty(StringProperty())
    known_from = DateTimeNeo4jFormatProperty()
    known_to = DateTimeNeo4jFormatProperty()
    when = StringProperty()  # known_from to the minute, UTC: what a graph browser shows
    by = StringProperty()
    reason = StringProperty()
    rollback_of = IntegerProperty()
    carried_at = DateTimeNeo4jFormatProperty()  # when and by whom it was known where it was loaded from
    carried_by = StringProperty()
    clearance = IntegerProperty()
    views = ArrayProperty(StringProperty())
    previous = RelationshipTo("MemVersion", "PREVIOUS")


class MemCube(StructuredNode):
    """One memory with all its metadata; also ``:Plaintext``, ``:Activation`` or ``:Parametric``."""

    __optional_labels__: ClassVar[list[str]] = ["Plaintext", "Activation", "Parametric"]

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    identity = StringProperty(unique_index=True)
    original_sha256 = StringProperty()
    level = StringProperty()
    root = StringProperty()
    heading = StringProperty()
    part = StringProperty()
    words = StringProperty()
    context = StringProperty()
    fact_count = IntegerProperty()
    dated = BooleanProperty()
    text = StringProperty()
    embedding = ArrayProperty(FloatProperty())
    state = StringProperty()
    live = BooleanProperty()
    memory_type = StringProperty()
    semantic_type = StringProperty()
    origin = StringProperty()
    created_at = DateTimeNeo4jFormatProperty()
    updated_at = DateTimeNeo4jFormatProperty()
    valid_from = DateTimeNeo4jFormatProperty()
    valid_to = DateTimeNeo4jFormatProperty()
    said_at = DateTimeNeo4jFormatProperty()
    speaker = StringProperty()
    source = StringProperty()
    position = IntegerProperty()
    origin_id = StringProperty()
    tags = ArrayProperty(StringProperty())
    space = StringProperty()
    space_key = StringProperty()
    created_by = StringProperty()
    expires_at = DateTimeNeo4jFormatProperty()
    half_life_days = FloatProperty()
    priority = IntegerProperty()
    sensitivity = ArrayProperty(StringProperty())
    clearance = IntegerProperty()
    views = ArrayProperty(StringProperty())  # the text as readers of each lower level see it, lowest first
    secrets = StringProperty()  # what they do not see, for the words' index
    ttl_minutes = FloatProperty()  # of a document
    indexed = ArrayProperty(StringProperty())  # of a document: the paths it is found by
    carried_id = StringProperty()  # its id where it was loaded from
    in_step = StringProperty()  # how far its state and terms had got when two devices last agreed
    carried_at = DateTimeNeo4jFormatProperty()  # when it was first stored there
    expires_set = DateTimeNeo4jFormatProperty()  # the end of life somebody asked for
    keep_until = DateTimeNeo4jFormatProperty()  # the end of life that the space's policy sets
    half_life_set = FloatProperty()  # the half-life somebody asked for
    watermark = StringProperty()
    access_count = IntegerProperty()
    last_accessed_at = DateTimeNeo4jFormatProperty()
    relevance = FloatProperty()
    heat = FloatProperty()
    heat_at = DateTimeNeo4jFormatProperty()
    fingerprint = StringProperty()
    version = IntegerProperty()
    payload_uri = StringProperty()
    payload_sha256 = StringProperty()
    payload_bytes = IntegerProperty()
    base_model = StringProperty()
    deleted_by = StringProperty()
    deleted_reason = StringProperty()
    changed_at = DateTimeNeo4jFormatProperty()
    left_with_source = BooleanProperty()
    subject = StringProperty()
    relation = StringProperty()
    digest = StringProperty()  # keyed: what it says and how it is governed (integrity)
    past_digest = StringProperty()  # of its versions and what it was

    current = RelationshipTo("MemVersion", "CURRENT")
    sources = RelationshipTo("Source", "FROM", model=From)
    derived_from = RelationshipTo("MemCube", "DERIVED_FROM", model=DerivedFrom)
    derived = RelationshipFrom("MemCube", "DERIVED_FROM", model=DerivedFrom)
    following = RelationshipTo("MemCube", "NEXT")
    concepts = RelationshipTo("Concept", "MENTIONS", model=Mentions)
    supersedes = RelationshipTo("MemCube", "SUPERSEDES", model=Evolved)
    contradicts = RelationshipTo("MemCube", "CONTRADICTS", model=Evolved)
    stands_beside = RelationshipTo("MemCube", "STANDS_BESIDE", model=Evolved)
    merged_into = RelationshipTo("MemCube", "MERGED_INTO", model=Evolved)
    annotated_from = RelationshipTo("MemCube", "ANNOTATED_FROM", model=AnnotatedFrom)
    was_derived_from = RelationshipTo("MemCube", "WAS_DERIVED_FROM", model=WasDerivedFrom)
    was = RelationshipTo("PastState", "WAS")


class AuditEvent(StructuredNode):
    """One governed act, in its space's chain."""

    space = StringProperty(required=True)
    seq = IntegerProperty(required=True)
    uid = StringProperty(db_property="id")
    at = DateTimeNeo4jFormatProperty()
    when = StringProperty()  # `at` to the minute, UTC: what a graph browser shows
    action = StringProperty()
    principal = StringProperty()
    request_id = StringProperty()
    reason = StringProperty()
    detail = StringProperty()
    count = IntegerProperty()
    written = ArrayProperty(StringProperty())
    erased = ArrayProperty(StringProperty())
    redacted = ArrayProperty(IntegerProperty())
    said = StringProperty()
    salt = StringProperty()
    hash = StringProperty()
    by = RelationshipTo("Principal", "BY")
    on = RelationshipTo("MemCube", "ON")
    after = RelationshipTo("AuditEvent", "AFTER")
