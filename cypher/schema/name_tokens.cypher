// name_tokens: make every name known before the first is written: a statement planned without knowing a name is planned again.
// mode: write
// params:
// returns: properties INTEGER
// touches: nothing
UNWIND [
  'Activation', 'ApiKey', 'AuditEvent', 'Concept', 'CostEntry', 'Holder', 'Job', 'Mandate', 'MemCube', 'MemVersion', 'Parametric',
  'PastState', 'PastVersion', 'Plaintext', 'Policy', 'Principal', 'Receipt', 'Role', 'Run', 'Snapshot', 'Source',
  'Space', 'Step', 'Store', 'Topic'
] AS label
CALL db.createLabel(label)
WITH count(*) AS labels
UNWIND [
  'AFTER', 'ANNOTATED_FROM', 'BY', 'COMBINES', 'CONTRADICTS', 'CURRENT', 'DENIED', 'DERIVED_FROM', 'FROM',
  'GOVERNED_BY', 'GRANTED', 'HAS_RECEIPT', 'HAS_ROLE', 'HOLDS', 'MADE', 'MENTIONS', 'MERGED_INTO', 'NEEDS', 'NEXT',
  'OF', 'ON', 'OWNS', 'PART_OF', 'PREVIOUS', 'REPLACES', 'STANDS_BESIDE', 'STEP', 'SUPERSEDES', 'USED', 'WAS',
  'WAS_DERIVED_FROM', 'WITHIN'
] AS type
CALL db.createRelationshipType(type)
WITH count(*) AS types
UNWIND [
  'access_count', 'act', 'action', 'actions', 'acts', 'applied_at', 'applied_by', 'at', 'attempt', 'attempts', 'audit_hash', 'audit_seq', 'base_model',
  'body', 'build_s', 'by', 'changed_at', 'clearance', 'complete', 'context', 'count', 'cpu_s', 'created_at', 'created_by', 'cube',
  'cubes', 'database_s', 'day', 'detail', 'digest', 'dimensions', 'due_at', 'embedder', 'embedding', 'embedding_s', 'ended_at', 'erased', 'evaluation',
  'expires_at', 'files', 'fingerprint', 'form', 'given', 'gpu_s', 'half_life_days', 'hash', 'heading', 'heat', 'heat_at', 'holder', 'id', 'identity', 'in_step', 'indexed',
  'kept_cold', 'keys', 'kind', 'known_from', 'known_to', 'label', 'last_accessed_at', 'learned', 'left_with_source', 'level', 'live', 'locked',
  'memory_type', 'model_s', 'name', 'number', 'origin', 'origin_id', 'original_sha256', 'owner', 'part', 'past_digest',
  'payload', 'payload_bytes', 'payload_files', 'payload_sha256', 'payload_uri', 'position', 'principal', 'priority',
  'problem', 'public_key', 'purpose', 'purposes', 'reads_first', 'reason', 'relation', 'relevance', 'request_id',
  'result', 'revision', 'revoked_at', 'rollback_of', 'root', 'said_at', 'secrets', 'sees', 'sees_default', 'sees_levels',
  'sees_names', 'semantic_type', 'sensitivity', 'seq', 'serial', 'sha256', 'signature', 'signer', 'since', 'source',
  'space', 'space_key', 'speaker', 'speakers', 'started_at', 'state', 'step', 'steps', 'subject', 'tags', 'tally', 'tally_mark',
  'tenant', 'tenant_at', 'text', 'title', 'tokens', 'tokens_built', 'tokens_read', 'tokens_saved', 'tokens_written', 'topics', 'transform', 'ttl_minutes', 'until', 'updated_at',
  'valid_from', 'valid_to', 'version', 'views', 'vouched', 'watermark', 'weight', 'why', 'words'
] AS property
CALL db.createProperty(property)
RETURN count(*) AS properties
