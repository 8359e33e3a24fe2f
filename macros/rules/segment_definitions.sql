{% macro segment_definitions() %}
    {#-
    What the YAML says of every segment, with the settings in force.

    Returns: list of dicts (column name to text), one per enabled model with `meta.segment`, sorted by segment.
    Raises: a compiler error that names the segment and what is missing from its `meta.segment`.
    -#}
    {%- set definitions = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and node.config.meta.get('segment') -%}
        {%- set meta = node.config.meta.segment -%}
        {%- for field in segment_meta_fields() if field not in meta -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' lacks `' ~ field ~ '` in its meta: add it to ' ~ node.patch_path ~ '.') }}
        {%- endfor -%}
        {%- set settings = [] -%}
        {%- for name in meta.get('vars', []) -%}
            {%- do settings.append(name ~ ' = ' ~ var(name)) -%}
        {%- endfor -%}
        {%- do definitions.append({
            'segment': node.name,
            'family': node.fqn[3],
            'label_en': meta.label_en,
            'label_fr': meta.label_fr,
            'rule': node.description,
            'grain': 'person' ~ (' and ' ~ meta.value if meta.value else ''),
            'evidence_unit': meta.evidence,
            'settings': settings | join('; '),
            'needs': meta.get('needs', ['orders']) | join('; '),
            'source_article': meta.source,
            'objective': meta.objective,
            'owner': node.config.meta.owner,
            'external_name': meta.external_name,
        }) -%}
    {%- endfor -%}
    {%- do return(definitions) -%}
{% endmacro %}


{% macro segment_meta_fields() %}
    {#-
    What the `meta.segment` of a segment must say. It may also say what its `value` is (where a person may be in it
    several times), which `vars` its rule reads, which raw tables it `needs` (orders, where it says nothing), and a
    `note` on its source.

    Returns: list of field names.
    -#}
    {%- do return(['label_en', 'label_fr', 'evidence', 'objective', 'source', 'external_name']) -%}
{% endmacro %}
