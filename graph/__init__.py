"""Neo4j: the managed server, the driver, the runner of named statements, the node classes and the schema."""
