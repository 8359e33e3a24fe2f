-- Every draw is a number in (0, 1) that follows from (seed, name of the draw, row number) by an integer hash: multiply,
-- shift and xor. DuckDB's own hash() may change with its version, and md5 is 15 times slower.
create macro mixed(x, shift, factor) as (xor(x, x >> shift) * factor) & 4294967295;
create macro salted(stream, id) as xor(
    ((id % 4294967291)::ubigint * 2654435769) & 4294967295, ('0x' || sha256(seed() || '|' || stream)[:8])::ubigint
);
create macro u(stream, id) as
    (mixed(mixed(salted(stream, id), 16, 2146121005), 15, 2221713035) + 0.5e0) / 4294967296e0;
create macro normal(stream, id) as
    sqrt(-2 * ln(u(stream || ' radius', id))) * cos(2 * pi() * u(stream || ' angle', id));
-- one of some constants, as often as their whole-number weights say, or all equally often
create macro pick(stream, id, choices, weights) as
    flatten(list_transform(weights, lambda weight, i: list_resize([choices[i]], weight, choices[i])))[
        1 + floor(u(stream, id) * list_sum(weights))::int
    ];
create macro one_of(stream, id, choices) as choices[1 + floor(u(stream, id) * len(choices))::int];

create macro days(n) as to_seconds(floor((n) * 86400)::bigint);
create macro until_end(t, margin) as least(t, end_at() - margin);
create macro iso(t) as strftime(t, '%Y-%m-%dT%H:%M:%SZ');
-- a UTC time as text: mostly with Z, at times with an offset or bare
create macro stamp(t, id) as case pick('stamp', id, ['z', 'east', 'west', 'bare'], [95, 2, 1, 2])
    when 'z' then iso(t)
    when 'east' then strftime(t + interval 2 hour, '%Y-%m-%dT%H:%M:%S+02:00')
    when 'west' then strftime(t - interval 5 hour, '%Y-%m-%d %H:%M:%S.000-0500')
    else strftime(t, '%Y-%m-%d %H:%M:%S')
end;
-- most people shop in the day and evening; local time is taken as UTC + 2 h
create macro clock(stream, id) as to_seconds(floor(case
    when u(stream || ' part', id) < 0.04 then u(stream || ' clock', id) * 25200
    when u(stream || ' part', id) < 0.45 then 25200 + u(stream || ' clock', id) * 36000
    else 61200 + u(stream || ' clock', id) * 25200
end)::bigint - 7200);

-- e-mails and cities as people type them
create macro typed(id, email) as case pick('typed', id, [1, 2, 3, 4, 5], [90, 4, 2, 2, 2])
    when 1 then email
    when 2 then upper(email[1]) || email[2:]
    when 3 then upper(email)
    when 4 then ' ' || email
    else upper(email[1]) || email[2:] || '  '
end;
create macro spelling(id, city) as case pick('spelling', id, [1, 2, 3, 4, 5, 6], [76, 8, 5, 5, 4, 2])
    when 1 then city
    when 2 then upper(strip_accents(city))
    when 3 then lower(city)
    when 4 then replace(city, '-', ' ')
    when 5 then strip_accents(replace(city, '-', ' '))
    else '  ' || city || ' '
end;

-- a row names its owner by customer_id, else by e-mail, or by both; doubles have a second customer
create macro customer(person, is_second) as 'C' || (100000 + person) || case when is_second then 'B' else '' end;
create macro owner(person, kind, is_customer, id) as
    case when is_customer then customer(person, kind = 'double' and u('second customer', id) < 0.4) end;
create macro owner_email(email, is_customer, id, share) as
    case when not is_customer or u('both', id) < share then typed(id, email) end;
create macro digits_of(person) as lpad(floor(u('phone', person) * 10000)::int::varchar, 4, '0');
-- numbers that regulators keep for fiction
create macro phone(person, country) as case
    when u('phone known', person) >= 0.45 then null
    when country = 'GB' then '+44 7700 900' || digits_of(person)[2:]
    when country = 'US' then '+1 212 555 01' || digits_of(person)[3:]
    else '+33 6 39 98 ' || digits_of(person)[:2] || ' ' || digits_of(person)[3:]
end;
create macro categories() as ['Dresses', 'Shoes', 'Knitwear', 'Bags', 'Jewellery', 'Home', 'Beauty', 'Kids'];
