-- Towns and other words come out the same on every engine, whatever their accents and case: every
-- Latin, Greek and Cyrillic letter that Unicode composes from a letter and marks, and whole words.
{%- set marked_letters = [
    ['a', 'ÀÁÂÃÄÅàáâãäåĀāĂăĄąǍǎǞǟǠǡǺǻȀȁȂȃȦȧḀḁẠạẢảẤấẦầẨẩẪẫẬậẮắẰằẲẳẴẵẶặ'],
    ['c', 'ÇçĆćĈĉĊċČčḈḉ'],
    ['e', 'ÈÉÊËèéêëĒēĔĕĖėĘęĚěȄȅȆȇȨȩḔḕḖḗḘḙḚḛḜḝẸẹẺẻẼẽẾếỀềỂểỄễỆệ'],
    ['i', 'ÌÍÎÏìíîïĨĩĪīĬĭĮįİǏǐȈȉȊȋḬḭḮḯỈỉỊị'],
    ['n', 'ÑñŃńŅņŇňǸǹṄṅṆṇṈṉṊṋ'],
    ['o', 'ÒÓÔÕÖòóôõöŌōŎŏŐőƠơǑǒǪǫǬǭȌȍȎȏȪȫȬȭȮȯȰȱṌṍṎṏṐṑṒṓỌọỎỏỐốỒồỔổỖỗỘộỚớỜờỞởỠỡỢợ'],
    ['u', 'ÙÚÛÜùúûüŨũŪūŬŭŮůŰűŲųƯưǓǔǕǖǗǘǙǚǛǜȔȕȖȗṲṳṴṵṶṷṸṹṺṻỤụỦủỨứỪừỬửỮữỰự'],
    ['y', 'ÝýÿŶŷŸȲȳẎẏẙỲỳỴỵỶỷỸỹ'],
    ['d', 'ĎďḊḋḌḍḎḏḐḑḒḓ'],
    ['g', 'ĜĝĞğĠġĢģǦǧǴǵḠḡ'],
    ['h', 'ĤĥȞȟḢḣḤḥḦḧḨḩḪḫẖ'],
    ['j', 'Ĵĵǰ'],
    ['k', 'ĶķǨǩḰḱḲḳḴḵ'],
    ['l', 'ĹĺĻļĽľḶḷḸḹḺḻḼḽ'],
    ['r', 'ŔŕŖŗŘřȐȑȒȓṘṙṚṛṜṝṞṟ'],
    ['s', 'ŚśŜŝŞşŠšȘșṠṡṢṣṤṥṦṧṨṩ'],
    ['t', 'ŢţŤťȚțṪṫṬṭṮṯṰṱẗ'],
    ['w', 'ŴŵẀẁẂẃẄẅẆẇẈẉẘ'],
    ['z', 'ŹźŻżŽžẐẑẒẓẔẕ'],
    ['æ', 'ǢǣǼǽ'],
    ['ʒ', 'Ǯǯ'],
    ['ø', 'Ǿǿ'],
    ['b', 'ḂḃḄḅḆḇ'],
    ['f', 'Ḟḟ'],
    ['m', 'ḾḿṀṁṂṃ'],
    ['p', 'ṔṕṖṗ'],
    ['v', 'ṼṽṾṿ'],
    ['x', 'ẊẋẌẍ'],
    ['ſ', 'ẛ'],
    ['ʹ', '\u0374'],
    ['α', 'ΆάἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏὰ\u1f71ᾀᾁᾂᾃᾄᾅᾆᾇᾈᾉᾊᾋᾌᾍᾎᾏᾰᾱᾲᾳᾴᾶᾷᾸᾹᾺ\u1fbbᾼ'],
    ['ε', 'ΈέἐἑἒἓἔἕἘἙἚἛἜἝὲ\u1f73Ὲ\u1fc9'],
    ['η', 'ΉήἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯὴ\u1f75ᾐᾑᾒᾓᾔᾕᾖᾗᾘᾙᾚᾛᾜᾝᾞᾟῂῃῄῆῇῊ\u1fcbῌ'],
    ['ι', 'ΊΐΪίϊἰἱἲἳἴἵἶἷἸἹἺἻἼἽἾἿὶ\u1f77\u1fbeῐῑῒ\u1fd3ῖῗῘῙῚ\u1fdb'],
    ['ο', 'ΌόὀὁὂὃὄὅὈὉὊὋὌὍὸ\u1f79Ὸ\u1ff9'],
    ['υ', 'ΎΫΰϋύὐὑὒὓὔὕὖὗὙὛὝὟὺ\u1f7bῠῡῢ\u1fe3ῦῧῨῩῪ\u1feb'],
    ['ω', 'ΏώὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὼ\u1f7dᾠᾡᾢᾣᾤᾥᾦᾧᾨᾩᾪᾫᾬᾭᾮᾯῲῳῴῶῷῺ\u1ffbῼ'],
    ['ϒ', 'ϓϔ'],
    ['ρ', 'ῤῥῬ'],
    ['е', 'ЀЁѐёӖӗ'],
    ['г', 'Ѓѓ'],
    ['і', 'Її'],
    ['к', 'Ќќ'],
    ['и', 'ЍЙйѝӢӣӤӥ'],
    ['у', 'ЎўӮӯӰӱӲӳ'],
    ['ѵ', 'Ѷѷ'],
    ['ж', 'ӁӂӜӝ'],
    ['а', 'ӐӑӒӓ'],
    ['ә', 'Ӛӛ'],
    ['з', 'Ӟӟ'],
    ['о', 'Ӧӧ'],
    ['ө', 'Ӫӫ'],
    ['э', 'Ӭӭ'],
    ['ч', 'Ӵӵ'],
    ['ы', 'Ӹӹ'],
    ['k', '\u212a'],
    ['a', '\u212b'],
] %}
{%- set words = [
    ['Saint-Étienne', 'saint etienne'],
    ["  L'Haÿ-les-Roses ", 'l hay les roses'],
    ['SAINT--DENIS / (Réunion)', 'saint denis reunion'],
    ['e\u0301te\u0301', 'ete'],
    ['MÜNCHEN', 'munchen'],
    ['Straße', 'straße'],
    ['Łódź', 'łodz'],
    ['København', 'københavn'],
    ['Þórshöfn', 'þorshofn'],
    ['İstanbul', 'istanbul'],
    ['Iğdır', 'igdır'],
    ['ΟΔΟΣ', 'οδοσ'],
    ['οδός', 'οδοσ'],
    ['Йошкар-Ола', 'иошкар ола'],
    ['Київ', 'киів'],
    ['東京都', '東京都'],
    ['서울', '서울'],
    ['القاهرة', 'القاهرة'],
    ['a_b', 'a b'],
    ['a\tb\r\nc', 'a b c'],
    ['a\u00a0b\u2028c\u0085d', 'a b c d'],
    ['a\u2019b', 'a b'],
    ['a😀b', 'a b'],
    ['a+b=c$d^e`f|g~h', 'a b c d e f g h'],
    ['12ème', '12eme'],
    ['m² ½ Ⅷ ① ٣', 'm² ½ ⅷ ① ٣'],
    ['... --- ...', none],
    ['\u0301', none],
    ['', none],
    [none, none],
] %}
{%- set ends = [
    [' \t\r\na b\n\r\t ', 'a b'],
    [' !', '!'],
    ['\u00a0a\u00a0', '\u00a0a\u00a0'],
    ['\u0085a\u2028', '\u0085a\u2028'],
    ['\u000ba\u000c', '\u000ba\u000c'],
    ['\u0001a\u0001', '\u0001a\u0001'],
    ['\u3000', '\u3000'],
    [' \r\n\t', none],
    ['', none],
    [none, none],
] %}
{%- set capitals = [
    ['ANNA@EXAMPLE.COM', 'anna@example.com'],
    ['ÀÉÎÕÜ', 'àéîõü'],
    ['ΑΣ', 'ασ'],
    ['ας', 'ας'],
    ['İI', 'ii'],
    ['ẞß', 'ßß'],
    ['ЖЁ', 'жё'],
    ['', ''],
    [none, none],
] %}
{%- set small_letters = [
    ['eur', 'EUR'],
    ['inr', 'INR'],
    ['àéîõü', 'ÀÉÎÕÜ'],
    ['ασς', 'ΑΣΣ'],
    ['жё', 'ЖЁ'],
    [none, none],
] %}
with

marked_letters as (
    select
        plain_letter,
        letters
    from {{ text_rows(['plain_letter', 'letters'], marked_letters) }}
),

places as ({{ whole_numbers(1, 100) }}),

cases as (
    select
        'letter' as kind,
        substr(marked_letters.letters, places.whole_number, 1) as given,
        marked_letters.plain_letter as expected
    from marked_letters
    inner join places on length(marked_letters.letters) >= places.whole_number
    union all
    select
        'word' as kind,
        given,
        expected
    from {{ text_rows(['given', 'expected'], words) }}
),

answers as (
    select
        kind,
        given,
        {{ normalised_text('given') }} as came_out,
        expected
    from cases
    union all
    select
        'ends' as kind,
        given,
        {{ trimmed('given') }} as came_out,
        expected
    from {{ text_rows(['given', 'expected'], ends) }}
    union all
    select
        'capitals' as kind,
        given,
        {{ lower_case('given') }} as came_out,
        expected
    from {{ text_rows(['given', 'expected'], capitals) }}
    union all
    select
        'small letters' as kind,
        given,
        {{ upper_case('given') }} as came_out,
        expected
    from {{ text_rows(['given', 'expected'], small_letters) }}
)

select
    kind,
    given,
    came_out,
    expected
from answers
where came_out is distinct from expected
