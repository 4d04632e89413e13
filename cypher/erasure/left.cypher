// left: which properties of what a space holds, of the edges of it and of who is tied to it still name somebody, whatever wrote them.
// mode: read
// params: space STRING, named STRING
// returns: place STRING, count INTEGER
CALL () {
  MATCH (n)
  WHERE n.space = $space OR (n:Space AND n.id = $space)
  RETURN head(labels(n)) AS kind, properties(n) AS held
  UNION ALL
  MATCH (n)-[r]-(m)
  WHERE (n.space = $space OR (n:Space AND n.id = $space))
    AND (startNode(r) = n OR m.space IS NULL) // what leads here from another space is that one's
  WITH DISTINCT r
  RETURN type(r) AS kind, properties(r) AS held
  UNION ALL
  // Whoever holds a right there or did something there: people, agents, roles, mandates.
  MATCH (p:Principal)-[:OWNS|GRANTED|DENIED|BY]-(n)
  WHERE n.space = $space OR (n:Space AND n.id = $space)
  WITH DISTINCT p
  RETURN head([label IN labels(p) WHERE label <> 'Principal'] + ['Principal']) AS kind, properties(p) AS held
}
UNWIND keys(held) AS key
WITH kind, key, held[key] AS value
WHERE NOT key IN ['space', 'space_key'] // which repeat the id of the space, that is searched itself
WITH kind, key, CASE WHEN value IS :: STRING THEN [value] WHEN value IS :: LIST<STRING NOT NULL> THEN value ELSE [] END AS texts
WHERE any(text IN texts WHERE normalize(text) =~ $named)
RETURN kind + '.' + key AS place, count(*) AS count
ORDER BY place
