// groups: memories that are likely to be asked for together, a topic's or the whole space's, as far as the principal sees them whole: those most in use first. Priority counts as use.
// mode: read
// params: principal STRING, space STRING, now DATETIME, half_life_s FLOAT, limit INTEGER
// returns: topic STRING?, memories INTEGER, heat FLOAT, changed_at DATETIME, tags LIST<STRING>
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'transform' IN actions
CALL (s) {
  MATCH (t:Topic {space: s.id})<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube)
  RETURN DISTINCT t.name AS topic, c
  UNION
  MATCH (c:MemCube {space: s.id, level: 'whole'})
  RETURN NULL AS topic, c
}
WITH topic, c, sees, forbidden
WHERE c:Plaintext AND c.live AND c.level = 'whole' AND c.expires_at > $now AND coalesce(c.valid_to > $now, true)
  AND coalesce(c.clearance, 0) <= sees AND NOT c.id IN forbidden
// What was read of a memory is the memory itself, or a fact of it.
CALL (c) {
  WITH c AS said
  MATCH (said)<-[:DERIVED_FROM*0..1 {transform: 'extracted'}]-(c:MemCube)
  WHERE c.heat IS NOT NULL
  RETURN sum(
    //> include fragments/warmth
  ) AS heat
}
WITH topic, count(*) AS memories, sum(heat * (1 + coalesce(c.priority, 0) / 10.0)) AS heat,
     max(c.updated_at) AS changed_at, collect(c.tags) AS tags
RETURN topic, memories, heat, changed_at, coll.distinct(coll.flatten([each IN tags | coalesce(each, [])])) AS tags
ORDER BY heat DESC, memories, topic LIMIT $limit
