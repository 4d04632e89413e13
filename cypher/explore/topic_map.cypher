// topic_map: a topic, its concepts, and the memories that mention them.
// mode: read
// params: space STRING, topic STRING
// returns: path PATH
// :param space => 'alice/notes'
// :param topic => 'the name of a topic'
MATCH path = (:Topic {space: $space, name: $topic})<-[:WITHIN]-(:Concept)<-[:MENTIONS]-(c:MemCube)
WHERE c.live
RETURN path LIMIT 200
