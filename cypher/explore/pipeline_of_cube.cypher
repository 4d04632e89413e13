// pipeline_of_cube: which runs of pipelines made or used a memory, at which step, and what else that step was on.
// mode: read
// params: cube STRING
// returns: path PATH
MATCH path = (:Principal)<-[:BY]-(:Run)-[:STEP]->(:Step)-[:USED|MADE]->(:MemCube {id: $cube})
RETURN path
ORDER BY nodes(path)[1].started_at LIMIT 50
