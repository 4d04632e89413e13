// in_service: the KV-caches and adapters that can be used now, with their files.
// mode: read
// params:
// returns: payload STRING, memory_type STRING, files LIST<STRING>?
MATCH (p:Activation|Parametric)
WHERE p.state = 'activated' AND p.payload_uri IS NOT NULL
RETURN p.payload_uri AS payload, p.memory_type AS memory_type, p.payload_files AS files
