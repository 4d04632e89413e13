// kept: the KV-caches and adapters of a space whose payloads are to be there, or one of them, with their files.
// mode: read
// params: space STRING, payload STRING?
// returns: cube STRING, state STRING, memory_type STRING, payload STRING, files LIST<STRING>?, cold BOOLEAN
MATCH (p:Activation|Parametric {space: $space})
WHERE p.state IN ['generated', 'activated', 'archived'] AND p.payload_uri IS NOT NULL AND ($payload IS NULL OR p.payload_uri = $payload)
RETURN p.id AS cube, p.state AS state, p.memory_type AS memory_type, p.payload_uri AS payload, p.payload_files AS files,
       coalesce(p.kept_cold, false) AS cold
ORDER BY cube
