// payloads: KV-caches and adapters in service that lie in this home alone, each with its files.
// mode: read
// params: home STRING
// returns: cube STRING, space STRING, owner STRING, memory_type STRING, payload STRING, files LIST<STRING>
MATCH (p:Activation|Parametric)
WHERE p.state = 'activated' AND p.payload_uri IS NOT NULL
MATCH (s:Space {id: p.space})
WHERE NOT EXISTS { MATCH (h:Holder)-[:HOLDS]->(s) WHERE h.kind = 'home' AND h.id <> $home AND h.ended_at IS NULL }
RETURN p.id AS cube, s.id AS space, s.owner AS owner, p.memory_type AS memory_type, p.payload_uri AS payload,
       coalesce(p.payload_files, []) AS files
ORDER BY cube
