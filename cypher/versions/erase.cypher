// erase: cubes become tombstones: content, vectors, words and every version's content go, and names of speakers nobody else has.
// mode: write
// params: cubes LIST<STRING>, now DATETIME, by STRING, reason STRING?
// returns: erased INTEGER
// touches: $cubes
UNWIND $cubes AS wanted
MATCH (c:MemCube {id: wanted})
CALL (c) {
  MATCH (v:MemVersion {cube: c.id})
  WHERE v.number >= 1 // always so: lets the index of (cube, number) serve
  REMOVE v.text, v.sha256, v.embedding, v.space_key, v.reason, v.topics, v.views
  REMOVE v:PastVersion
}
CALL (c) {
  MATCH (c)-[:WAS]->(past:PastState)
  DETACH DELETE past
}
WITH c, c.space AS space, c.speaker AS speaker
SET c.text = '', c.state = 'deleted', c.live = false, c.updated_at = $now, c.changed_at = $now, c.deleted_by = $by, c.deleted_reason = $reason
REMOVE c.views, c.secrets, c.words, c.context, c.fact_count, c.embedding, c.fingerprint, c.original_sha256, c.heading, c.speaker, c.tags, c.subject, c.relation, c.indexed, c.in_step
WITH space, collect(DISTINCT speaker) AS speakers, count(c) AS erased
MATCH (s:Space {id: space})
CALL (s, speakers) {
  UNWIND speakers AS name
  WITH s, name
  WHERE NOT EXISTS { MATCH (m:MemCube {space: s.id, speaker: name}) WHERE m.created_at IS NOT NULL }
  SET s.speakers = [each IN s.speakers WHERE each <> name]
}
RETURN sum(erased) AS erased
