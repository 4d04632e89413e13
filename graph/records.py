"""neomodel classes of what the product keeps beside memories: the store's mark, work, receipts, runs, policies, snapshots.

Import them from ``memos_graph.graph.models``, which has every class.
"""

from neomodel import (
    ArrayProperty,
    BooleanProperty,
    DateTimeNeo4jFormatProperty,
    FloatProperty,
    IntegerProperty,
    RelationshipTo,
    StringProperty,
    StructuredNode,
    StructuredRel,
)


class Store(StructuredNode):
    """Which schema version wrote this store."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    version = IntegerProperty()
    embedder = StringProperty()
    keys = StringProperty()
    signer = StringProperty()
    serial = StringProperty()
    vouched = StringProperty()  # keyed: its memories have digests (audit/adoption.py)
    dimensions = IntegerProperty()


class Job(StructuredNode):
    """Work to be done: of one place (a payload to be erased, a home to be swept), or of any worker (``given`` are its arguments)."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    kind = StringProperty()
    state = StringProperty()
    space = StringProperty()
    cube = StringProperty()
    memory_type = StringProperty()
    holder = StringProperty()
    payload = StringProperty()
    files = ArrayProperty(StringProperty())
    problem = StringProperty()
    created_at = DateTimeNeo4jFormatProperty()
    created_by = StringProperty()
    tried_at = DateTimeNeo4jFormatProperty()
    given = StringProperty()
    attempt = IntegerProperty()
    attempts = IntegerProperty()
    owner = StringProperty()
    due_at = DateTimeNeo4jFormatProperty()
    started_at = DateTimeNeo4jFormatProperty()
    ended_at = DateTimeNeo4jFormatProperty()
    step = IntegerProperty()
    steps = IntegerProperty()
    result = StringProperty()
    why = StringProperty()


class Holds(StructuredRel):
    """Since when a place keeps payloads of a space."""

    at = DateTimeNeo4jFormatProperty()


class Holder(StructuredNode):
    """A place that keeps payloads: a home with its model host and files, or another engine; ``ended_at`` once it is no more."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    kind = StringProperty()
    name = StringProperty()
    since = DateTimeNeo4jFormatProperty()
    ended_at = DateTimeNeo4jFormatProperty()
    holds = RelationshipTo("memos_graph.graph.models.Space", "HOLDS", model=Holds)


class Receipt(StructuredNode):
    """What an erasure took away, signed; ``body`` is JSON, ``complete`` once its payload files are gone too."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    space = StringProperty()
    at = DateTimeNeo4jFormatProperty()
    by = StringProperty()
    request_id = StringProperty()
    body = StringProperty()
    complete = BooleanProperty()
    signature = StringProperty()
    public_key = StringProperty()


class Moved(StructuredRel):
    """Which version of a memory a step used or made."""

    version = IntegerProperty()


class Run(StructuredNode):
    """A run of a pipeline in a space; ``sealed`` is what it was given, encrypted, until it is done."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    space = StringProperty()
    name = StringProperty()
    principal = StringProperty()
    request_id = StringProperty()
    state = StringProperty()
    declared_sha256 = StringProperty()
    sealed = StringProperty()
    holder = StringProperty()
    held_until = DateTimeNeo4jFormatProperty()
    locked = BooleanProperty()  # set to take the run's write lock; what it says means nothing
    started_at = DateTimeNeo4jFormatProperty()
    ended_at = DateTimeNeo4jFormatProperty()
    error_code = StringProperty()
    error_message = StringProperty()
    error_step = StringProperty()
    by = RelationshipTo("memos_graph.graph.models.Principal", "BY")
    steps = RelationshipTo("Step", "STEP")


class Step(StructuredNode):
    """A step of a run."""

    run = StringProperty(required=True)
    uid = StringProperty(required=True, db_property="id")
    space = StringProperty()
    number = IntegerProperty()
    act = StringProperty()
    unit = StringProperty()
    outside = BooleanProperty()
    state = StringProperty()
    attempt = IntegerProperty()
    started_at = DateTimeNeo4jFormatProperty()
    ended_at = DateTimeNeo4jFormatProperty()
    undone_at = DateTimeNeo4jFormatProperty()
    error_code = StringProperty()
    error_message = StringProperty()
    request_id = StringProperty()
    outputs = StringProperty()
    needs = RelationshipTo("Step", "NEEDS")
    used = RelationshipTo("memos_graph.graph.models.MemCube", "USED", model=Moved)
    made = RelationshipTo("memos_graph.graph.models.MemCube", "MADE", model=Moved)


class Policy(StructuredNode):
    """A declared policy, as it was applied to its space."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    space = StringProperty()
    version = IntegerProperty()
    name = StringProperty()
    text = StringProperty()
    sha256 = StringProperty()
    applied_at = DateTimeNeo4jFormatProperty()
    applied_by = StringProperty()
    replaces = RelationshipTo("Policy", "REPLACES")


class Listing(StructuredNode):
    """A published memory."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")


class Contract(StructuredNode):
    """A subscription to a listing."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")


class Snapshot(StructuredNode):
    """A named moment of a space."""

    uid = StringProperty(required=True, unique_index=True, db_property="id")
    space = StringProperty()
    name = StringProperty()
    at = DateTimeNeo4jFormatProperty()
    by = StringProperty()
    reason = StringProperty()


class CostEntry(StructuredNode):
    """What acts of one kind took in a day; seconds and tokens add up (docs/costs.md)."""

    space = StringProperty()
    day = StringProperty()
    principal = StringProperty()
    act = StringProperty()
    form = StringProperty()
    cube = StringProperty()
    acts = IntegerProperty()
    cpu_s = FloatProperty()
    database_s = FloatProperty()
    embedding_s = FloatProperty()
    model_s = FloatProperty()
    build_s = FloatProperty()
    gpu_s = FloatProperty()
    tokens_read = IntegerProperty()
    tokens_saved = IntegerProperty()
    tokens_written = IntegerProperty()
    tokens_built = IntegerProperty()


class ApiKey(StructuredNode):
    """A key to the REST API; only its SHA-256 is stored."""

    hash = StringProperty(required=True, unique_index=True)
    uid = StringProperty(db_property="id")
    label = StringProperty()
    created_at = DateTimeNeo4jFormatProperty()
    revoked_at = DateTimeNeo4jFormatProperty()
    principal = RelationshipTo("memos_graph.graph.models.Principal", "OF")
