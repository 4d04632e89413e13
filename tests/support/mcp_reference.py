"""The reference memory server of MCP as it behaves (2026.8.31), in memory: what the profile ``server-memory`` is held against.

One thing is left out: it keeps the same name, or the same words, given twice in one call.
"""

from typing import Any

Entity = dict[str, Any]
Relation = dict[str, str]


class Reference:
    """Entities and relations in the order in which they came."""

    def __init__(self) -> None:
        self.entities: list[Entity] = []
        self.relations: list[Relation] = []

    def create_entities(self, entities: list[Entity]) -> Any:
        new: list[Entity] = []
        for each in entities:
            if all(each["name"] != known["name"] for known in (*self.entities, *new)):
                new.append({**each, "observations": list(dict.fromkeys(each["observations"]))})
        self.entities += new
        return {"entities": [{**each, "observations": list(each["observations"])} for each in new]}

    def create_relations(self, relations: list[Relation]) -> Any:
        new = [each for at, each in enumerate(relations) if each not in [*self.relations, *relations[:at]]]
        self.relations += new
        return {"relations": new}

    def add_observations(self, observations: list[dict[str, Any]]) -> Any:
        """Return what is added; ``None`` where an entity is missing, which it refuses."""
        if any(self._named(each["entityName"]) is None for each in observations):
            return None
        results = []
        for each in observations:
            entity = self._named(each["entityName"])
            assert entity is not None
            added = [said for said in dict.fromkeys(each["contents"]) if said not in entity["observations"]]
            entity["observations"] += added
            results.append({"entityName": each["entityName"], "addedObservations": added})
        return {"results": results}

    def delete_entities(self, entityNames: list[str]) -> Any:  # noqa: N803 - as it is called there
        self.entities = [each for each in self.entities if each["name"] not in entityNames]
        self.relations = [each for each in self.relations if not {each["from"], each["to"]} & set(entityNames)]
        return {"success": True, "message": "Entities deleted successfully"}

    def delete_observations(self, deletions: list[dict[str, Any]]) -> Any:
        for each in deletions:
            if (entity := self._named(each["entityName"])) is not None:
                entity["observations"] = [said for said in entity["observations"] if said not in each["observations"]]
        return {"success": True, "message": "Observations deleted successfully"}

    def delete_relations(self, relations: list[Relation]) -> Any:
        self.relations = [each for each in self.relations if each not in relations]
        return {"success": True, "message": "Relations deleted successfully"}

    def read_graph(self) -> Any:
        return {"entities": self.entities, "relations": self.relations}

    def search_nodes(self, query: str) -> Any:
        sought = query.lower()
        return self._around(
            lambda each: any(
                sought in said.lower() for said in (each["name"], each["entityType"], *each["observations"])
            )
        )

    def open_nodes(self, names: list[str]) -> Any:
        return self._around(lambda each: each["name"] in names)

    def _named(self, name: str) -> Entity | None:
        return next((each for each in self.entities if each["name"] == name), None)

    def _around(self, chosen: Any) -> Any:
        entities = [each for each in self.entities if chosen(each)]
        names = {each["name"] for each in entities}
        relations = [each for each in self.relations if {each["from"], each["to"]} & names]
        return {"entities": entities, "relations": relations}
