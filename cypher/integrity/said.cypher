// said: what memories say, how they are governed and what they were, each with the digests that vouch for it.
// mode: read
// params: cubes LIST<STRING>, probe ANY
// returns: present MAP, past MAP
CYPHER 25
UNWIND $cubes AS wanted
MATCH (each:MemCube {id: wanted})
RETURN
  //> include fragments/vouched
  AS present,
  //> include fragments/vouched_past
  AS past
