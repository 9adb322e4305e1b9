#include "tests/blob/zip_hostile_cases.h"

#include <sys/stat.h>

namespace dms::blob {
namespace {

using namespace raw;

constexpr int behind = 1 << 3;
constexpr int utf8 = 1 << 11;
constexpr int encrypted = 1;
constexpr std::uint64_t huge32() { return 0xFFFF'FFFF; }
const std::string noise = "\x9C\x01\xFE";

std::string with(std::string bytes, std::size_t at, std::string_view patch) {
  return bytes.replace(at, patch.size(), patch);
}

std::string zip64_end(std::uint64_t count, std::uint64_t bytes, std::uint64_t offset,
                      std::uint64_t record_at) {
  return "PK\x06\x06" + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 8) +
         number(count, 8) + number(count, 8) + number(bytes, 8) + number(offset, 8) + "PK\x06\x07" +
         number(0, 4) + number(record_at, 8) + number(1, 4);
}

std::string zip64_sizes(std::vector<std::uint64_t> sizes) {
  std::string field = number(1, 2) + number(sizes.size() * 8, 2);
  for (const auto size : sizes) field += number(size, 8);
  return field;
}

// `count` entries, all of one directory, so that they cost little; with a zip64 end record, or only
// with what fits into the short one.
std::string many(std::size_t count, bool wide) {
  Archive archive;
  archive.entries.assign(count, {"d/", "", S_IFDIR | 0755});
  if (wide) {
    std::uint64_t central = 0, files = 0;
    for (const auto& entry : archive.entries) {
      central += 46 + entry.name.size();
      files += 30 + entry.name.size();
    }
    archive.end64 = zip64_end(count, central, files, files + central);
    archive.count = 0xFFFF;
  }
  return bytes_of(archive);
}

// Fifield's bomb in small: every entry's data is the kernel at the end, and quotes what is between.
std::string overlapping_bomb() {
  const std::string kernel = deflated(std::string(1'000'000, 'a'));
  std::vector<Entry> entries;
  for (const auto* name : {"a", "b", "c"})
    entries.push_back(
        {.name = name, .content = std::string(1'000'000, 'a'), .method = 8, .data = kernel});
  entries[1].offset = entries[2].offset = 0;
  entries[1].local_name = entries[2].local_name = "a";
  entries[1].data = entries[2].data = "";
  entries[1].compressed = entries[2].compressed = kernel.size();
  return zip(entries);
}

// A deflate stream that quotes the next entry's header and data in a stored block.
std::string quoting_bomb() {
  const std::string second = bytes_of({.entries = {{"b", "data"}}}).substr(0, 35);
  const std::string quote =
      std::string(1, '\1') + number(second.size(), 2) + number(~second.size(), 2);
  Archive archive{.entries = {{.name = "a",
                               .content = second,
                               .method = 8,
                               .data = quote,
                               .compressed = quote.size() + second.size()},
                              {"b", "data"}}};
  return bytes_of(archive);
}

}  // namespace

std::string zip(std::vector<Entry> entries) { return bytes_of({.entries = std::move(entries)}); }

std::vector<HostileZip> hostile_names(const std::string& outside) {
  const auto refused = Code::invalid_argument;
  return {
      {"a name that climbs", zip({{"../evil", "x"}}), refused, "'../evil' holds '..'"},
      {"one that climbs from below", zip({{"a/../../evil", "x"}}), refused, "holds '..'"},
      {"one that ends with a climb", zip({{"a/..", "x"}}), refused, "holds '..'"},
      {"a climb and nothing else", zip({{"..", "x"}}), refused, "'..' holds"},
      {"a directory that climbs", zip({{"../evil/", ""}}), refused, "'../evil/' holds"},
      {"an absolute name", zip({{outside + "/evil", "x"}}), refused, "evil' is absolute"},
      {"two slashes in front", zip({{"//evil", "x"}}), refused, "'//evil' is absolute"},
      {"a backslash in front", zip({{"\\evil", "x"}}), refused, "'\\evil' is absolute"},
      {"a climb with backslashes", zip({{"..\\..\\evil", "x"}}), refused, "holds '..'"},
      {"a climb with both", zip({{"a\\../../evil", "x"}}), refused, "holds '..'"},
      {"a drive", zip({{"C:\\evil", "x"}}), refused, "'C:\\evil' begins with a drive"},
      {"a drive without a slash", zip({{"c:evil", "x"}}), refused, "begins with a drive"},
      {"a server", zip({{"\\\\server\\share\\evil", "x"}}), refused, "is absolute"},
      {"a NUL in the name", zip({{std::string("ok\0/../evil", 11), "x"}}), Code::corrupt,
       "'ok\\x00/../evil' has a NUL"},
      {"no name", zip({{"", "x"}}), refused, "has no name"},
      {"a dot", zip({{".", "x"}}), refused, "has no name"},
      {"a name of 256 bytes", zip({{"d/" + std::string(256, 'n'), "x"}}), refused, "too long"},
      {"a name of 65,535 bytes", zip({{std::string(65'535, 'n'), "x"}}), refused, "too long"},
      {"a path of many parts",
       zip({{[] {
               std::string path;
               for (int i = 0; i < 3000; ++i) path += "d/";
               return path + "x";
             }(),
             "x"}}),
       refused, "too long"},
      {"dots that are no climb",
       zip({{"...", "1"}, {"..a", "2"}, {"a/.b..", "3"}}),
       {},
       "",
       {"...", "..a", "a/.b.."}},
      {"a backslash that is a letter", zip({{"a\\b", "x"}}), {}, "", {"a\\b"}},
      {"dots and slashes too many", zip({{"./a//b/./c", "x"}}), {}, "", {"a/b/c"}},
      {"a name with a line break", zip({{"a\nb", "x"}}), {}, "", {"a\nb"}},
      {"control codes, which CP437 shows", zip({{"a\x1B[31m", "x"}}), {}, "", {"a←[31m"}},
      {"a climb with a line break", zip({{"../e\nvil", "x"}}), refused, "'../e\\x0Avil' holds"},
      {"a name in CP437",
       zip({{"gr\x94\xE1"
             "e",
             "x"}}),
       {},
       "",
       {"größe"}},
      {"bytes that are no text of any kind", zip({{"\xFF\xFE\x80", "x"}}), {}, "", {"\xC2\xA0■Ç"}},
      {"UTF-8 that is flagged",
       zip({{.name = "größe", .content = "x", .flags = utf8}}),
       {},
       "",
       {"größe"}},
      {"UTF-8 that is none",
       zip({{.name = "a\xC0\xAF"
                     "b",
             .content = "x",
             .flags = utf8}}),
       Code::corrupt, "has a name that is not the UTF-8"},
      {"a name twice", zip({{"a", "1"}, {"a", "2"}}), refused, "'a' comes twice"},
      {"a name twice in two spellings", zip({{"a", "1"}, {"./a", "2"}}), refused, "comes twice"},
      {"names that differ in their case", zip({{"a", "1"}, {"A", "2"}}), {}, "", {"a", "A"}},
      {"names that differ in their composition",
       zip({{.name = "\xC3\xA9", .content = "1", .flags = utf8},
            {.name = "e\xCC\x81", .content = "2", .flags = utf8}}),
       {},
       "",
       {"\xC3\xA9", "e\xCC\x81"}},
      {"a file and a directory of one name", zip({{"a", "1"}, {"a/", ""}}), refused, "'a' passes"},
      {"a file below a file", zip({{"a", "1"}, {"a/b", "2"}}), refused, "'a/b' passes through"},
  };
}

std::vector<HostileZip> hostile_kinds(const std::string& outside) {
  const auto refused = Code::invalid_argument;
  return {
      {"a link to an absolute place", zip({{"l", outside, link}}), refused, "'l' is a link"},
      {"a link that climbs", zip({{"l", "../evil", link}}), refused, "'l' is a link to '../evil'"},
      {"a link that climbs later", zip({{"l", "a/../../evil", link}}), refused, "lead out"},
      {"a link to its own directory's parent", zip({{"d/l", "../..", link}}), refused, "lead out"},
      {"a file through a link", zip({{"l", "d", link}, {"l/evil", "x"}}), refused,
       "'l/evil' passes"},
      {"a file through a link that comes later", zip({{"l/evil", "x"}, {"l", "d", link}}), refused,
       "'l/evil' passes"},
      {"a link through a link", zip({{"a", "d", link}, {"a/b", "..", link}}), refused, "passes"},
      {"a chain of links that climbs",
       zip({{"d/e/x", "", regular}, {"a", "d/e", link}, {"b", "a/../../evil", link}}), refused,
       "'b' is a link"},
      {"a link and a file of one name", zip({{"l", outside, link}, {"l", "x"}}), refused, "twice"},
      {"a link with a NUL", zip({{"l", std::string("a\0b", 3), link}}), refused, "'l' is a link"},
      {"a link to nothing", zip({{"l", "", link}}), refused, "'l' is a link"},
      {"a link of 5,000 bytes", zip({{"l", std::string(5000, 'a'), link}}), refused, "too long"},
      {"a link to itself", zip({{"l", "l", link}}), {}, "", {"l"}},
      {"links in a ring", zip({{"a", "b", link}, {"b", "a", link}}), {}, "", {"a", "b"}},
      {"a link within", zip({{"d/e/l", "../../x", link}, {"x", "1"}}), {}, "", {"d/e/l", "x"}},
      {"a pipe", zip({{"p", "", S_IFIFO | 0644}}), refused, "'p' is neither file"},
      {"a character device", zip({{"c", "", S_IFCHR | 0666}}), refused, "'c' is neither file"},
      {"a block device", zip({{"b", "", S_IFBLK | 0666}}), refused, "'b' is neither file"},
      {"a socket", zip({{"s", "", S_IFSOCK | 0666}}), refused, "'s' is neither file"},
      {"a directory with content", zip({{"d/", "x", S_IFDIR | 0755}}), refused, "with content"},
      {"a set-user-id program", zip({{"s", "x", S_IFREG | 06755}}), {}, "", {"s"}},
      {"a file that nobody may read", zip({{"f", "x", S_IFREG}}), {}, "", {"f"}},
      {"encrypted data", zip({{.name = "e", .content = "x", .flags = encrypted}}), refused,
       "'e' is encrypted"},
      {"a method that nobody knows", zip({{.name = "m", .content = "x", .method = 77}}),
       Code::corrupt, "'m'"},
  };
}

std::vector<HostileZip> lying_zips() {
  const auto refused = Code::corrupt;
  const Entry a{"a", "content"};
  const auto sound = zip({a});
  const auto altered = [&](auto change) {
    Entry entry = a;
    change(entry);
    return zip({entry});
  };
  const std::string z = deflated("content");
  const std::uint64_t huge = std::uint64_t{1} << 40;
  return {
      {"a wrong checksum", altered([](Entry& e) { e.crc = 1; }), refused, "'a'"},
      {"a size that is too large", altered([](Entry& e) { e.size = 9; }), refused, "'a' is stored"},
      {"a size that is too small", altered([](Entry& e) { e.size = 2; }), refused, "'a' is stored"},
      {"more than deflate can hold",
       zip({{.name = "a", .content = "content", .method = 8, .data = z, .size = 1'000'000}}),
       refused, "'a' claims to have 1000000 bytes"},
      {"less than there is, deflated",
       zip({{.name = "a", .content = "content", .method = 8, .data = z, .size = 3}}), refused,
       "'a'"},
      {"more than there is, deflated",
       zip({{.name = "a", .content = "content", .method = 8, .data = z, .size = 99}}), refused,
       "'a'"},
      {"data that is no deflate stream",
       zip({{.name = "a", .content = "content", .method = 8, .data = "\xFF\xFF\xFF"}}), refused,
       "'a'"},
      {"another name where the data is", altered([](Entry& e) { e.local_name = "b"; }), refused,
       "'a' is called 'b'"},
      {"another method where the data is", altered([](Entry& e) { e.local_method = 8; }), refused,
       "'a' has two headers"},
      {"other flags where the data is", altered([](Entry& e) { e.local_flags = utf8; }), refused,
       "'a' has two headers"},
      {"another checksum where the data is", altered([](Entry& e) { e.local_crc = 1; }), refused,
       "'a' has two headers"},
      {"another size where the data is", altered([](Entry& e) { e.local_size = 1; }), refused,
       "'a' has two headers"},
      {"another packed size where the data is", altered([](Entry& e) { e.local_compressed = 1; }),
       refused, "'a' has two headers"},
      {"an offset behind the archive", altered([](Entry& e) { e.offset = 1 << 20; }), refused,
       "'a' lies outside"},
      {"an offset into the middle", altered([](Entry& e) { e.offset = 3; }), refused,
       "'a' is not where"},
      {"a packed size beyond the archive", altered([](Entry& e) { e.size = e.compressed = 500; }),
       refused, "'a' lies outside"},
      {"64-bit sizes that are missing", altered([](Entry& e) { e.size = e.compressed = huge32(); }),
       refused, "'a' has no 64-bit sizes"},
      {"64-bit sizes that lie", altered([&](Entry& e) {
         e.size = e.compressed = huge32();
         e.extra = zip64_sizes({huge, huge});
       }),
       refused, "'a' lies outside"},
      {"a 64-bit offset that lies", altered([&](Entry& e) {
         e.offset = huge32();
         e.extra = zip64_sizes({huge});
       }),
       refused, "'a' lies outside"},
      {"a 64-bit field that is cut off", altered([](Entry& e) {
         e.size = huge32();
         e.extra = number(1, 2) + number(8, 2) + "abc";
       }),
       refused, "'a'"},
      {"entries that share their data", overlapping_bomb(), refused, "'b' is called 'a'"},
      {"two names for one place", zip({{"a", "x"}, {.name = "a2", .content = "x", .offset = 0}}),
       refused, "'a2' is called 'a'"},
      {"one entry twice in the directory",
       zip({{"a", "x"}, {.name = "a", .content = "x", .offset = 0}}), refused,
       "'a' overlaps the entry 'a'"},
      {"data that quotes the next entry", quoting_bomb(), refused, "'b' overlaps the entry 'a'"},
      {"a descriptor behind the data",
       zip({{.name = "a",
             .content = "content",
             .flags = behind,
             .local_crc = 0,
             .local_size = 0,
             .local_compressed = 0,
             .descriptor = "PK\x07\x08" + number(0, 4) + number(7, 4) + number(7, 4)}}),
       {},
       "",
       {"a"}},
      {"a descriptor that is missing",
       zip({{.name = "a",
             .content = "content",
             .flags = behind,
             .local_crc = 0,
             .local_size = 0,
             .local_compressed = 0}}),
       {},
       "",
       {"a"}},
      {"no descriptor, and no sizes in front",
       zip({{.name = "a",
             .content = "content",
             .local_crc = 0,
             .local_size = 0,
             .local_compressed = 0}}),
       refused, "two headers"},
      {"sizes in front that a descriptor belies",
       zip({{.name = "a", .content = "content", .flags = behind, .local_size = 99}}), refused,
       "'a' has two headers"},
      {"a high ratio that is true",
       zip({{.name = "a",
             .content = std::string(1'000'000, 'a'),
             .method = 8,
             .data = deflated(std::string(1'000'000, 'a'))}}),
       {},
       "",
       {"a"}},
  };
}

std::vector<HostileZip> hostile_ends() {
  const auto refused = Code::corrupt;
  const std::string sound = zip({{"a", "content"}, {"b", "more"}});
  const Archive two{.entries = {{"a", "content"}, {"b", "more"}}};
  const auto altered = [&](auto change) {
    Archive archive = two;
    change(archive);
    return bytes_of(archive);
  };
  const std::uint64_t files = 2 * 31 + 11, central = 2 * 47;
  const std::string inner = zip({{"evil", "x"}});
  return {
      {"nothing at all", "", refused, "too short"},
      {"no zip", "this is a text and no archive at all", refused, "no end record"},
      {"an end that is cut off", sound.substr(0, sound.size() - 1), refused, "end record"},
      {"a directory that is cut out", sound.substr(0, files) + sound.substr(sound.size() - 22),
       refused, "directory"},
      {"only the second half", sound.substr(sound.size() / 2), refused, "central directory"},
      {"an empty archive", zip({}), {}, "", {}},
      {"garbage behind it", altered([](Archive& a) { a.back = "garbage"; }), refused, "at its end"},
      {"a program in front of it", noise + sound, refused, "in front"},
      {"a program in front that is counted",
       altered([](Archive& a) { a.front = "#!/bin/sh\n"; }),
       {},
       "",
       {"a", "b"}},
      {"a hole before the directory",
       altered([](Archive& a) { a.behind_data = noise; }),
       {},
       "",
       {"a", "b"}},
      {"a comment", altered([](Archive& a) { a.comment = "made by hand"; }), {}, "", {"a", "b"}},
      {"a comment of 65,535 bytes",
       altered([](Archive& a) { a.comment = std::string(65'535, 'c'); }),
       {},
       "",
       {"a", "b"}},
      {"an archive in the comment", altered([&](Archive& a) { a.comment = inner; }), refused,
       "two ends"},
      {"an end record in the comment", altered([&](Archive& a) { a.comment = zip({}); }), refused,
       "two ends"},
      {"an end's beginning in the comment",
       altered([](Archive& a) { a.comment = "PK\5\6 said he"; }),
       {},
       "",
       {"a", "b"}},
      {"a comment that is shorter than it says", altered([](Archive& a) { a.comment_bytes = 9; }),
       refused, "at its end"},
      {"a comment that is longer than it says", altered([](Archive& a) {
         a.comment = "longer";
         a.comment_bytes = 3;
       }),
       refused, "at its end"},
      {"more entries than there are", altered([](Archive& a) { a.count = 3; }), refused, "fewer"},
      {"fewer entries than there are", altered([](Archive& a) { a.count = 1; }), refused, "more"},
      {"no entries where there are", altered([](Archive& a) { a.count = 0; }), refused, "more"},
      {"a directory elsewhere", altered([](Archive& a) { a.central_offset = 7; }), refused,
       "in front of it"},
      {"a directory behind the archive", altered([](Archive& a) { a.central_offset = 1 << 20; }),
       refused, "lies outside"},
      {"a directory that is larger", altered([](Archive& a) { a.central_bytes = 1 << 20; }),
       refused, "lies outside"},
      {"a directory that is smaller", altered([=](Archive& a) { a.central_bytes = central - 1; }),
       refused, "in front"},
      {"a part of several", with(sound, sound.size() - 18, "\1"), refused, "part of several"},
      {"a name beyond the directory", with(sound, files + 47 + 28, "\xFF\xFF"), refused, "cut off"},
      {"a broken entry in the directory", with(sound, files + 47, "XX"), refused, "fewer"},
      {"a broken local header", with(sound, 31 + 7, "XX"), refused, "'b' is not where"},
      {"65,534 entries", many(65'534, false), {}, "", {"d"}},
      {"65,535 entries", many(65'535, true), {}, "", {"d"}},
      {"65,536 entries", many(65'536, true), {}, "", {"d"}},
      {"65,537 entries", many(65'537, true), {}, "", {"d"}},
      {"65,537 entries and no zip64", many(65'537, false), refused, "more than its end says"},
      {"a zip64 end that needs not be",
       altered([=](Archive& a) { a.end64 = zip64_end(2, central, files, files + central); }),
       {},
       "",
       {"a", "b"}},
      {"a zip64 end that says another count",
       altered([=](Archive& a) { a.end64 = zip64_end(1, central, files, files + central); }),
       refused, "different things"},
      {"a zip64 end with a huge count", altered([=](Archive& a) {
         a.end64 = zip64_end(std::uint64_t{1} << 60, central, files, files + central);
         a.count = 0xFFFF;
       }),
       refused, "fewer"},
      {"a zip64 end with a huge directory", altered([=](Archive& a) {
         a.end64 = zip64_end(2, std::uint64_t{1} << 60, files, files + central);
         a.central_bytes = 0xFFFF'FFFF;
       }),
       refused, "lies outside"},
      {"a zip64 end that is elsewhere",
       altered([=](Archive& a) { a.end64 = zip64_end(2, central, files, 1 << 20); }), refused,
       "lies outside"},
      {"a zip64 locator that points into the data",
       altered([=](Archive& a) { a.end64 = zip64_end(2, central, files, 0); }), refused,
       "not where its locator says"},
  };
}

}  // namespace dms::blob
