// list: KV-caches or adapters of a space, newest first, each with how many memories it was made from and whether it may be used.
// mode: read
// params: principal STRING, space STRING, now DATETIME, memory_type STRING, cube STRING?
// returns: id STRING, key STRING?, title STRING, state STRING, usable BOOLEAN, base_model STRING?, sha256 STRING?, bytes INTEGER?, tokens INTEGER?, sources INTEGER, evaluation STRING?, created_at DATETIME, created_by STRING
// shows: $cube, id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
MATCH (p:Activation|Parametric)
WHERE p.space = s.id AND p.memory_type = $memory_type AND p.state <> 'deleted' AND NOT p.id IN forbidden AND ($cube IS NULL OR p.id = $cube)
RETURN p.id AS id, p.payload_uri AS key, p.heading AS title, p.state AS state,
       p.state = 'activated' AND p.expires_at > $now AND NOT EXISTS {
         MATCH (p)-[d:DERIVED_FROM]->(c:MemCube)
         WHERE NOT c.live OR c.version <> d.version OR c.expires_at <= $now OR c.id IN forbidden OR coalesce(c.clearance, 0) > sees
       } AS usable,
       p.base_model AS base_model, p.payload_sha256 AS sha256, p.payload_bytes AS bytes, p.tokens AS tokens,
       COUNT { (p)-[:DERIVED_FROM]->() } AS sources, CASE WHEN EXISTS {
         // It quotes what was taught.
         MATCH (p)-[:DERIVED_FROM]->(c:MemCube) WHERE c.id IN forbidden OR coalesce(c.clearance, 0) > sees
       } THEN NULL ELSE p.evaluation END AS evaluation, p.created_at AS created_at,
       p.created_by AS created_by
ORDER BY created_at DESC, id DESC
