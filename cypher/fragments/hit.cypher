// hit: what a search returns of a memory it found: the memory, its place in topic and concept, its fact nearest to the question, and its sources.
// params: now DATETIME, vector ANY, weights MAP, filters MAP, probe ANY
// needs: s, sees, forbidden, c, facts, parts, score
// yields: cube MAP, owner STRING, revision INTEGER, sees INTEGER, forbidden LIST<STRING>, score FLOAT, parts MAP, path MAP?, fact MAP?, successors LIST<STRING>, sources LIST<STRING>, vouched LIST<MAP>; the end of a statement
WITH s, sees, forbidden, c, parts, score, coalesce(c.clearance, 0) > sees AS redacted, head(COLLECT {
  // The nearest fact led here, if one did: those that did not are less near. Otherwise they are looked through.
  CALL (c, facts, forbidden) {
    UNWIND facts AS led
    RETURN led.fact AS f, led.meaning AS near
    UNION ALL
    WITH c, forbidden, facts WHERE size(facts) = 0
    MATCH (f:MemCube {live: true})-[:DERIVED_FROM {transform: 'extracted'}]->(c)
    WHERE f.expires_at > $now AND NOT f.id IN forbidden
    RETURN f, vector.similarity.cosine(f.embedding, $vector) * CASE WHEN f.valid_to <= $now THEN $weights.superseded ELSE 1.0 END AS near
  }
  RETURN f ORDER BY near DESC LIMIT 1
}) AS f
// Times as text: reading one from its parts costs a client more than all the rest of a row.
RETURN
  c {
    .id, .memory_type, .semantic_type, .origin, .speaker, .source, .position, .origin_id, .part, .tags, .space, .created_by,
    .half_life_days, .ttl_minutes, .indexed, .priority, .sensitivity, .clearance, .watermark, .access_count, .relevance, .payload_uri,
    .payload_sha256, .payload_bytes, .base_model,
    text: CASE WHEN redacted THEN c.views[sees] ELSE c.text END,
    .version, .state,
    fingerprint: CASE WHEN redacted THEN '' ELSE c.fingerprint END,
    created_at: toString(c.created_at), updated_at: toString(c.updated_at),
    valid_from: toString(c.valid_from),
    valid_to: toString(c.valid_to), said_at: toString(c.said_at), expires_at: toString(c.expires_at),
    last_accessed_at: toString(c.last_accessed_at)
  } AS cube,
  s.owner AS owner, s.revision AS revision, sees, forbidden, score, parts,
  head(COLLECT {
    MATCH (c)-[:MENTIONS]->(k:Concept)-[:WITHIN]->(t:Topic)
    // A topic is named after the concept that founded it, perhaps by a memory that may not be read.
    RETURN {concept: k.name, topic: CASE WHEN t.name = k.name OR EXISTS {
      MATCH (:Concept {space: s.id, name: t.name})<-[:MENTIONS]-(m:MemCube)
      WHERE m.expires_at > $now AND NOT m.id IN forbidden
    } THEN t.name ELSE k.name END}
    ORDER BY vector.similarity.cosine(k.embedding, $vector) DESC LIMIT 1
  }) AS path,
  CASE WHEN f IS NOT NULL THEN {
    id: f.id, text: CASE WHEN coalesce(f.clearance, 0) > sees THEN f.views[sees] ELSE f.text END,
    valid_from: toString(f.valid_from), valid_to: toString(f.valid_to), expires_at: toString(f.expires_at)
  } END AS fact,
  // The memories that say what took the place of what led here.
  COLLECT {
    UNWIND [c, f] AS old
    MATCH (newer:MemCube {live: true})-[taken:SUPERSEDES|CONTRADICTS]->(old)
    WHERE taken.until IS NULL AND old.valid_to <= coalesce($filters.valid_at, $now)
    OPTIONAL MATCH (newer)-[:DERIVED_FROM {transform: 'extracted'}]->(said:MemCube {live: true})
    WHERE newer.version = 1
    WITH coalesce(said, newer) AS by
    WHERE by.space = s.id AND by <> c AND by.expires_at > $now AND NOT by.id IN forbidden
    RETURN DISTINCT by.id
  } AS successors,
  CASE WHEN c.level = 'whole' THEN [c.origin_id]
       ELSE COLLECT {
         MATCH (c)-[:DERIVED_FROM]->(m:MemCube)
         WHERE m.live AND m.expires_at > $now AND m.origin_id IS NOT NULL AND NOT m.id IN forbidden
         RETURN DISTINCT m.origin_id
       }
  END AS sources,
  // Checked before anything of it is read out: here, since a look-up of its own would cost as much as all the rest of the check.
  [each IN [c, f] WHERE each IS NOT NULL |
    //> include fragments/vouched
  ] AS vouched
ORDER BY score DESC, c.id
