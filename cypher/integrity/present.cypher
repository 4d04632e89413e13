// present: what memories say and how they are governed, each with the digest that vouches for it.
// mode: read
// params: cubes LIST<STRING>, probe ANY
// returns: present MAP
CYPHER 25
UNWIND $cubes AS wanted
MATCH (each:MemCube {id: wanted})
RETURN
  //> include fragments/vouched
  AS present
