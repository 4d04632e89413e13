// warm: what of a space is in use, line by line, as far as the principal sees it whole, the hottest first: facts, and memories without any; what is read of a memory counts for its facts in equal parts. Priority counts as use.
// mode: read
// params: principal STRING, space STRING, now DATETIME, half_life_s FLOAT, least FLOAT, limit INTEGER
// returns: id STRING, heat FLOAT, changed_at DATETIME, accessed_at DATETIME?, tags LIST<STRING>
// shows: id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'transform' IN actions
MATCH (c:MemCube {space: s.id, level: 'whole'})
WHERE c:Plaintext AND c.live AND c.expires_at > $now AND coalesce(c.valid_to > $now, true)
  AND coalesce(c.clearance, 0) <= sees AND NOT c.id IN forbidden
WITH c AS said, sees, forbidden,
  //> include fragments/warmth
  AS own, COLLECT {
    MATCH (c)<-[:DERIVED_FROM {transform: 'extracted'}]-(f:MemCube)
    WHERE f.live
    RETURN f
  } AS facts
UNWIND CASE WHEN facts = [] THEN [said] ELSE facts END AS c
WITH c, said, sees, forbidden, own / CASE WHEN facts = [] THEN 1 ELSE size(facts) END AS share, facts <> [] AS extracted,
  //> include fragments/warmth
  AS warmth
WITH c, said, sees, forbidden, (share + CASE WHEN extracted THEN warmth ELSE 0.0 END) * (1 + coalesce(said.priority, 0) / 10.0) AS heat
WHERE heat > $least AND c.expires_at > $now AND coalesce(c.valid_to > $now, true) AND coalesce(c.clearance, 0) <= sees AND NOT c.id IN forbidden
RETURN c.id AS id, heat, c.updated_at AS changed_at, coalesce(c.last_accessed_at, said.last_accessed_at) AS accessed_at,
       coalesce(said.tags, []) AS tags
ORDER BY heat DESC, id LIMIT $limit
