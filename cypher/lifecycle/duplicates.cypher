// duplicates: pairs of memories in service of a space that say nearly the same, by their vectors or by their content words; looks at a thousand memories.
// mode: read
// params: principal STRING, space STRING, level STRING, threshold FLOAT, after STRING, limit INTEGER, now DATETIME
// returns: first STRING, second STRING, first_text STRING, second_text STRING, similarity FLOAT
// shows: first, second
CYPHER 25
MATCH (s:Space {id: $space})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
MATCH (c:MemCube {space: s.id})
WHERE c.id > $after AND c.live AND c.level = $level AND c.semantic_type <> 'document' AND c.expires_at > $now AND c.embedding IS NOT NULL
  AND NOT c.id IN forbidden
WITH s, sees, forbidden, c ORDER BY c.id LIMIT 1000
CALL (s, c) {
  WITH s, c, c.embedding AS vector
  MATCH (near:MemCube)
    SEARCH near IN (VECTOR INDEX cube_vector FOR vector WHERE near.space = s.id AND near.live = true LIMIT 20)
  // The index goes by one bit of each number; how near it really is.
  WITH near, 2 * vector.similarity.cosine(near.embedding, vector) - 1 AS similarity WHERE similarity >= $threshold
  RETURN near, similarity
  UNION ALL
  MATCH (near:MemCube {space: s.id, fingerprint: c.fingerprint})
  WHERE c.fingerprint <> ''
  RETURN near, 1.0 AS similarity
}
WITH c, sees, forbidden, near, max(similarity) AS similarity
WHERE near.id <> c.id AND NOT near.id IN forbidden AND near.live AND near.level = $level AND near.semantic_type <> 'document' AND near.expires_at > $now AND near.state <> 'frozen' AND c.state <> 'frozen'
WITH sees, CASE WHEN c.id < near.id THEN c ELSE near END AS first, CASE WHEN c.id < near.id THEN near ELSE c END AS second,
     CASE WHEN similarity > 1.0 THEN 1.0 ELSE similarity END AS similarity
RETURN first.id AS first, second.id AS second, CASE WHEN coalesce(first.clearance, 0) > sees THEN first.views[sees] ELSE first.text END AS first_text,
       CASE WHEN coalesce(second.clearance, 0) > sees THEN second.views[sees] ELSE second.text END AS second_text,
       max(similarity) AS similarity
ORDER BY similarity DESC, first, second LIMIT $limit
