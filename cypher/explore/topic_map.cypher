// topic_map: a topic, its concepts, and the memories that mention them.
// mode: read
// params: space STRING, topic STRING
// returns: path PATH
MATCH path = (:Topic {space: $space, name: $topic})<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube)
WHERE c.live
RETURN path LIMIT 200
