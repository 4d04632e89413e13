// past_versions: memories whose content as of then answers the question by words or by meaning, and is in no index of the present: replaced since, or out of service since.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME, as_of DATETIME, vector ANY, words STRING, pool INTEGER, vector_pool INTEGER
// returns: cube STRING, words FLOAT, meaning FLOAT, context FLOAT
CYPHER 25
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, sees, forbidden WHERE 'read' IN actions
CALL (s, sees) {
  CALL db.index.fulltext.queryNodes('version_text', '+space_key:' + s.space_key + '^0 +(' + $words + ')', {limit: $pool})
    YIELD node, score
  WHERE coalesce(node.clearance, 0) <= sees // its words are those of the whole text
  RETURN node AS v, score AS words, 0.0 AS near
  UNION ALL
  MATCH (near:PastVersion)
    SEARCH near IN (VECTOR INDEX version_vector FOR $vector WHERE near.space = s.id LIMIT $vector_pool)
  // The index goes by one bit of each number; how near it really is.
  RETURN near AS v, 0.0 AS words, 2 * vector.similarity.cosine(near.embedding, $vector) - 1 AS near
}
WITH s, forbidden, v, max(words) AS words, max(near) AS near
WHERE v.space = s.id AND NOT v.cube IN forbidden AND v.known_from <= $as_of AND (v.known_to IS NULL OR v.known_to > $as_of)
MATCH (c:MemCube {id: v.cube})
// A fact leads to the memory that said it then; one that was out of service then leads nowhere.
OPTIONAL MATCH (c)-[said:DERIVED_FROM|WAS_DERIVED_FROM {transform: 'extracted'}]->(whole:MemCube)
WHERE c.level = 'fact' AND v.number = 1 AND said.at <= $as_of AND (said.until IS NULL OR said.until > $as_of)
WITH forbidden, c, whole, words, near
WHERE NOT coalesce(whole.id, c.id) IN forbidden AND coalesce(head(COLLECT {
  MATCH (c)-[:WAS]->(then:PastState) WHERE then.known_from <= $as_of AND then.known_to > $as_of RETURN then.live
}), c.live)
RETURN coalesce(whole.id, c.id) AS cube, CASE c.level WHEN 'fact' THEN 0.0 ELSE words END AS words,
       CASE c.level WHEN 'fact' THEN near ELSE 0.0 END AS meaning, CASE c.level WHEN 'fact' THEN 0.0 ELSE near END AS context
