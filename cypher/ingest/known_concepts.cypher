// known_concepts: which of these concepts a space has already.
// mode: read
// params: space STRING, names LIST<STRING>
// returns: name STRING
UNWIND $names AS name
MATCH (k:Concept {space: $space, name: name})
RETURN name
