// changed: memories of a space, a topic or one memory that came, changed or went between two moments, with what they were at each; none of an erased one's. `whole`: texts are given for an act, and shown to nobody.
// mode: read
// params: principal STRING, space STRING, cube STRING?, topic STRING?, since DATETIME, until DATETIME, now DATETIME, whole BOOLEAN
// returns: id STRING, level STRING, document BOOLEAN, speaker STRING?, standing STRING, version INTEGER, erased BOOLEAN, alone BOOLEAN, before MAP?, after MAP?, latest LIST<DATETIME>
// shows: id
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, forbidden, CASE WHEN $whole THEN 3 ELSE sees END AS sees WHERE 'read' IN actions
CALL (s) {
  WITH s WHERE $cube IS NULL
  MATCH (c:MemCube {space: s.id})
  WHERE c.created_at <= $until
  RETURN c
  UNION
  MATCH (whole:MemCube {id: $cube})
  WHERE whole.space = s.id
  MATCH (whole)<-[:DERIVED_FROM|WAS_DERIVED_FROM*0..1 {transform: 'extracted'}]-(c:MemCube)
  RETURN c
}
WITH c, sees, forbidden
WHERE NOT c.id IN forbidden AND c:Plaintext AND c.expires_at > $now AND c.created_at <= $until
  AND (c.created_at > $since OR coalesce(c.changed_at, c.updated_at) > $since)
  AND (c.state <> 'deleted' OR c.updated_at <= $until) // erased since: nothing is left to tell of it
  AND ($topic IS NULL
    OR EXISTS { MATCH (c)-[:DERIVED_FROM*0..1]->(:MemCube)-[:MENTIONS]->(:Concept)-[:WITHIN]->(:Topic {name: $topic}) }
    OR EXISTS { MATCH (c)-[:DERIVED_FROM|WAS_DERIVED_FROM*0..1]->(:MemCube)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*1..]->(v:MemVersion)
                WHERE $topic IN v.topics })
CALL (c, sees) {
  MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
  WHERE v.known_from <= $since AND (v.known_to IS NULL OR v.known_to > $since)
  OPTIONAL MATCH (c)-[:WAS]->(was:PastState)
  WHERE was.known_from <= $since AND was.known_to > $since
  WITH v, CASE WHEN was IS NULL THEN properties(c) ELSE properties(was) END AS p
  RETURN collect({
    text: CASE WHEN coalesce(v.clearance, 0) > sees THEN v.views[sees] ELSE v.text END, version: v.number, state: p.state, live: p.live, valid_from: p.valid_from, valid_to: p.valid_to,
    fingerprint: p.fingerprint, left_with_source: p.left_with_source
  })[0] AS before
}
CALL (c, sees) {
  MATCH (c)-[:CURRENT]->(:MemVersion)-[:PREVIOUS*0..]->(v:MemVersion)
  WHERE v.known_from <= $until AND (v.known_to IS NULL OR v.known_to > $until)
  OPTIONAL MATCH (c)-[:WAS]->(was:PastState)
  WHERE was.known_from <= $until AND was.known_to > $until
  WITH v, CASE WHEN was IS NULL THEN properties(c) ELSE properties(was) END AS p
  RETURN collect({
    text: CASE WHEN coalesce(v.clearance, 0) > sees THEN v.views[sees] ELSE v.text END, version: v.number, state: p.state, live: p.live, valid_from: p.valid_from, valid_to: p.valid_to,
    fingerprint: p.fingerprint, left_with_source: p.left_with_source
  })[0] AS after
}
RETURN c.id AS id, c.level AS level, c.semantic_type = 'document' AS document, c.speaker AS speaker, c.state AS standing, c.version AS version,
       c.state = 'deleted' AS erased,
       // Said by nothing that was there at the earlier moment.
       NOT EXISTS { MATCH (c)-[:DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube) WHERE whole.created_at <= $since } AS alone,
       CASE WHEN c.state <> 'deleted' THEN before END AS before,
       CASE WHEN c.state <> 'deleted' THEN after END AS after,
       [c.created_at, c.updated_at, c.changed_at] AS latest
ORDER BY id
