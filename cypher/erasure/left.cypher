// left: which properties of a space's nodes and relationships still name somebody, whatever wrote them.
// mode: read
// params: space STRING, named STRING
// returns: place STRING, count INTEGER
CALL () {
  MATCH (n)
  WHERE n.space = $space OR (n:Space AND n.id = $space)
  RETURN head(labels(n)) AS kind, properties(n) AS held
  UNION ALL
  MATCH (n)-[r]->()
  WHERE n.space = $space
  RETURN type(r) AS kind, properties(r) AS held
}
UNWIND keys(held) AS key
WITH kind, key, held[key] AS value
WITH kind, key, CASE WHEN value IS :: STRING THEN [value] WHEN value IS :: LIST<STRING NOT NULL> THEN value ELSE [] END AS texts
WHERE any(text IN texts WHERE normalize(text) =~ $named)
RETURN kind + '.' + key AS place, count(*) AS count
ORDER BY place
