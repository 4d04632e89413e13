// standing: the KV-caches and adapters of a space that are in service, each with its use and what it was made from.
// mode: read
// params: principal STRING, space STRING, now DATETIME, half_life_s FLOAT
// returns: id STRING, memory_type STRING, base_model STRING, bytes INTEGER?, tokens INTEGER?, created_at DATETIME, expires_at DATETIME, uses INTEGER, scheduled BOOLEAN, heat FLOAT, sources LIST<STRING>
// shows: id
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'transform' IN actions
MATCH (c:Activation|Parametric)
WHERE c.space = s.id AND c.state = 'activated' AND c.expires_at > $now AND NOT c.id IN forbidden
RETURN c.id AS id, c.memory_type AS memory_type, c.base_model AS base_model, c.payload_bytes AS bytes, c.tokens AS tokens,
       c.created_at AS created_at, c.expires_at AS expires_at, coalesce(c.access_count, 0) AS uses,
       EXISTS {
         MATCH (j:Job {space: s.id}) WHERE j.kind = 'build' AND j.why IS NOT NULL AND j.result CONTAINS c.id
       } AS scheduled,
  //> include fragments/warmth
  AS heat, COLLECT { MATCH (c)-[:DERIVED_FROM]->(made:MemCube) RETURN made.id ORDER BY made.id } AS sources
ORDER BY created_at, id
