// describe: by which of its parts a document is found, and how long after it was last read it ends; its end as asked for, too.
// mode: write
// params: cube STRING, properties MAP
// returns: id STRING
// touches: $cube
MATCH (c:MemCube {id: $cube})
SET c += $properties
RETURN c.id AS id
