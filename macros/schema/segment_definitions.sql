{% macro segment_definitions() %}
    {#-
    What the YAML says of every segment, with the settings in force filled in.

    Returns: list of dicts (column name to text), one per enabled model under marts/segments, sorted by
    segment.
    Raises: a compiler error that names the segment and what its `meta` lacks.
    -#}
    {%- set definitions = [] -%}
    {%- for node in graph.nodes.values() | sort(attribute='name')
        if node.resource_type == 'model' and node.fqn[1:3] == ['marts', 'segments'] and node.config.meta.get('segment') -%}
        {%- set meta = node.config.meta.segment -%}
        {%- for field in segment_meta_fields() if field not in meta -%}
            {{ exceptions.raise_compiler_error('The segment ' ~ node.name ~ ' lacks `' ~ field ~ '` in its meta: add it to ' ~ node.patch_path ~ '.') }}
        {%- endfor -%}
        {%- set settings = [] -%}
        {%- set rule = namespace(text=meta.rule) -%}
        {%- for name in meta.vars -%}
            {%- do settings.append(name ~ ' = ' ~ var(name)) -%}
            {%- set rule.text = rule.text | replace('{' ~ name ~ '}', var(name) | string) -%}
        {%- endfor -%}
        {%- do definitions.append({
            'segment': node.name,
            'family': node.fqn[3],
            'label_en': meta.label_en,
            'label_fr': meta.label_fr,
            'rule': rule.text,
            'grain': meta.grain,
            'evidence_unit': meta.evidence_unit,
            'settings': settings | join('; '),
            'needs': meta.get('needs', []) | join('; '),
            'source_article': meta.source_article,
            'objective': meta.objective,
            'owner': meta.owner,
            'external_name': meta.external_name,
        }) -%}
    {%- endfor -%}
    {%- do return(definitions) -%}
{% endmacro %}


{% macro segment_meta_fields() %}
    {#-
    What the `meta.segment` of a segment's YAML entry must say; it may also say what raw tables it `needs`.

    Returns: list of field names.
    -#}
    {%- do return(['label_en', 'label_fr', 'rule', 'grain', 'evidence_unit', 'vars', 'source_article', 'objective', 'owner', 'external_name']) -%}
{% endmacro %}
