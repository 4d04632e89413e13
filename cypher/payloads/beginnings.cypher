// beginnings: KV-caches that wait to be erased since a memory of theirs was updated, each with what it was made of before the first that no longer stands.
// mode: read
// params: cube STRING, now DATETIME
// returns: cube STRING, space STRING, principal STRING, key STRING, base_model STRING, sources LIST<STRING>
MATCH (:MemCube {id: $cube})<-[:DERIVED_FROM|WAS_DERIVED_FROM*0..]-(p:Activation {state: 'expired'})
WITH DISTINCT p
WHERE EXISTS { MATCH (j:Job {state: 'waiting'}) WHERE j.cube = p.id AND j.kind = 'erase' }
MATCH (p)-[made:DERIVED_FROM]->(c:MemCube)
WITH p, made, c, c.live AND c.version = made.version AND c.expires_at > $now AND coalesce(c.valid_to > $now, true) AS stands
ORDER BY made.position
// An erased memory has left a gap: what stood behind it is no beginning either.
WITH p, collect({id: c.id, stands: stands, position: made.position}) AS made
WITH p, made, head([i IN range(0, size(made) - 1) WHERE NOT made[i].stands OR made[i].position <> i | i]) AS changed
WITH p, [each IN made[..coalesce(changed, size(made))] | each.id] AS sources
WHERE size(sources) > 0
RETURN p.id AS cube, p.space AS space, p.created_by AS principal, p.payload_uri AS key, p.base_model AS base_model, sources
