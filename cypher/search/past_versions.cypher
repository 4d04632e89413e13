// past_versions: cubes whose content as of then, replaced since, answers the question by words or by meaning.
// mode: read
// params: principal STRING, spaces LIST<STRING>, now DATETIME, as_of DATETIME, vector ANY, words STRING, pool INTEGER, vector_pool INTEGER
// returns: cube STRING, words FLOAT, context FLOAT
CYPHER 25
UNWIND $spaces AS wanted
MATCH (s:Space {id: wanted})
//> include fragments/access
WITH s, forbidden WHERE 'read' IN actions
CALL (s) {
  CALL db.index.fulltext.queryNodes('version_text', '+space_key:' + s.space_key + ' +(' + $words + ')', {limit: $pool})
    YIELD node, score
  RETURN node AS v, score AS words, 0.0 AS context
  UNION ALL
  MATCH (near:PastVersion)
    SEARCH near IN (VECTOR INDEX version_vector FOR $vector WHERE near.space = s.id LIMIT $vector_pool) SCORE AS similarity
  RETURN near AS v, 0.0 AS words, 2 * similarity - 1 AS context
}
WITH s, forbidden, v, max(words) AS words, max(context) AS context
WHERE v.space = s.id AND NOT v.cube IN forbidden AND v.known_from <= $as_of AND v.known_to > $as_of
RETURN v.cube AS cube, words, context
