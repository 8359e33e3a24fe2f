-- to_<transform> for each transform of seed export_columns; what is empty stays nothing
create macro digits(x) as regexp_replace(x, '[^0-9]', '', 'g');
create macro hashed(x) as case
    when ltrim(trim(x), '+') <> '' then sha256(nfc_normalize(trim(x)))
end;
create macro to_value(x) as x;
create macro to_text(x) as cast(x as varchar);
create macro to_joined(x) as array_to_string(x, '; ');
create macro to_lower_sha256(x) as hashed(lower(x));
create macro to_plus_phone_sha256(x) as hashed('+' || digits(x));
create macro to_digits_sha256(x) as hashed(digits(x));
create macro to_letters_sha256(x) as
    hashed(regexp_replace(lower(x), '[^\p{L}\p{M}]', '', 'g'));
create macro to_zip_sha256(x) as
    hashed(split_part(lower(regexp_replace(x, '\s', '', 'g')), '-', 1));
create macro to_google_email_sha256(x) as hashed(case
    when lower(trim(x)) similar to '[^@]+@(gmail|googlemail)\.com'
        then replace(regexp_extract(lower(trim(x)), '^[^@+]*'), '.', '')
            || regexp_extract(lower(trim(x)), '@.*$')
    else lower(trim(x))
end);
-- at most so many bytes, and no letter in two
create macro cut(x, most) as case
    when strlen(x) <= most then x
    else left(x, list_max(list_filter(
        range(most + 1), lambda n: strlen(left(x, n)) <= most
    )))
end;
-- one line, and no formula for a spreadsheet
create macro clean(x) as nullif(regexp_replace(
    trim(regexp_replace(nfc_normalize(x), '[\s\p{Cc}\p{Zl}\p{Zp}]+', ' ', 'g')),
    '^[=+@ -]+', ''
), '');
create macro csv_field(x) as case
    when regexp_matches(x, '[",\r\n]|^\s|\s$') then '"' || replace(x, '"', '""') || '"'
    else coalesce(x, '')
end;
create macro without(these, those) as
    list_filter(these, lambda one: not list_contains(those, one));
