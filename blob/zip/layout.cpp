#include "blob/zip/layout.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "blob/zip/format.h"
#include "blob/zip/names.h"
#include "core/utf8.h"

namespace dms::blob {
namespace {

constexpr std::uint64_t end_bytes = 22;
constexpr std::uint64_t locator_bytes = 20;
constexpr std::uint64_t end64_bytes = 56;
constexpr std::size_t central_bytes = 46;
constexpr std::size_t local_bytes = 30;
constexpr std::uint64_t largest_directory = std::uint64_t{1} << 30;  // it is read into memory

constexpr std::uint16_t flags_that_matter = 1 | flag_sizes_behind | flag_utf8;
constexpr std::uint16_t stored = 0;
constexpr std::uint16_t deflated = 8;
constexpr std::uint64_t deflate_ratio = 1032;  // no more can come of a byte

std::uint64_t number(std::string_view bytes, std::size_t at, int length) {
  std::uint64_t value = 0;
  for (int i = 0; i < length; ++i)
    value |= std::uint64_t{static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)])}
             << 8 * i;
  return value;
}
std::uint16_t u16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(number(bytes, at, 2));
}
std::uint32_t u32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number(bytes, at, 4));
}
std::uint64_t u64(std::string_view bytes, std::size_t at) { return number(bytes, at, 8); }

Error broken(std::string_view why) {
  return fail(Code::corrupt, fmt::format("it is no sound zip archive: {}", why));
}

Error broken_entry(std::string_view name, std::string_view why) {
  return fail(Code::corrupt, fmt::format("the entry '{}' {}", shown_name(name), why));
}

// What the end records say.
struct End {
  std::uint64_t offset = 0;  // of the first of them: where the central directory ends
  std::uint64_t entries = 0;
  std::uint64_t central_offset = 0;
  std::uint64_t central_bytes = 0;
};

// The offset of the one end record that reaches to the archive's end.
Result<std::uint64_t> find_end(const ZipBytes& bytes) {
  const auto length = std::min(bytes.size_bytes, end_bytes + most16);
  if (length < end_bytes) return broken("it is too short");
  const auto base = bytes.size_bytes - length;
  DMS_TRY(const std::string tail, bytes.read_at(base, length));
  std::optional<std::uint64_t> found;
  bool elsewhere = false;
  for (std::size_t at = tail.find("PK\5\6"); at != tail.npos; at = tail.find("PK\5\6", at + 1)) {
    const bool fits =
        at + end_bytes <= tail.size() && at + end_bytes + u16(tail, at + 20) == tail.size();
    if (fits && found) return broken("it has two ends");
    if (fits) found = base + at;
    elsewhere = true;
  }
  if (found) return *found;
  return broken(elsewhere ? "its end record does not stand at its end" : "it has no end record");
}

Status add_zip64(const ZipBytes& bytes, End& end) {
  const auto place = end.offset;
  if (place < locator_bytes + end64_bytes) return ok();
  DMS_TRY(const std::string locator, bytes.read_at(place - locator_bytes, locator_bytes));
  if (!locator.starts_with("PK\6\7")) return ok();
  const auto offset = u64(locator, 8);
  if (offset > place - locator_bytes - end64_bytes)
    return broken("its zip64 end record lies outside");
  DMS_TRY(const std::string record, bytes.read_at(offset, end64_bytes));
  if (!record.starts_with("PK\6\6") || u64(record, 4) != place - locator_bytes - offset - 12)
    return broken("its zip64 end record is not where its locator says");
  const End wide{offset, u64(record, 32), u64(record, 48), u64(record, 40)};
  if (u64(record, 24) != wide.entries || u32(record, 16) != 0 || u32(record, 20) != 0)
    return broken("it is a part of several");
  if ((end.entries != most16 && end.entries != wide.entries) ||
      (end.central_offset != most32 && end.central_offset != wide.central_offset) ||
      (end.central_bytes != most32 && end.central_bytes != wide.central_bytes))
    return broken("its two end records say different things");
  end = wide;
  return ok();
}

Result<End> read_end(const ZipBytes& bytes) {
  End end;
  DMS_TRY(end.offset, find_end(bytes));
  DMS_TRY(const std::string record, bytes.read_at(end.offset, end_bytes));
  end.entries = u16(record, 10);
  end.central_bytes = u32(record, 12);
  end.central_offset = u32(record, 16);
  if (u16(record, 4) != 0 || u16(record, 6) != 0 || u16(record, 8) != u16(record, 10))
    return broken("it is a part of several");
  DMS_CHECK(add_zip64(bytes, end));
  if (end.central_bytes > end.offset || end.central_offset > end.offset - end.central_bytes)
    return broken("its central directory lies outside");
  if (end.central_bytes > largest_directory)
    return fail(Code::exhausted,
                fmt::format("its central directory has {} bytes, over the limit of {}",
                            end.central_bytes, largest_directory));
  if (end.central_offset < end.offset - end.central_bytes)
    return broken("something stands in front of it, or in it");
  return end;
}

// Replaces the numbers that a header leaves to its zip64 field. False when it does not have them.
bool add_zip64_sizes(std::string_view extra, LayoutEntry& entry, bool with_offset) {
  std::uint64_t* numbers[] = {&entry.size_bytes, &entry.compressed_bytes, &entry.offset};
  const std::size_t count = with_offset ? 3 : 2;
  const auto left = std::any_of(numbers, numbers + count, [](auto* n) { return *n == most32; });
  if (!left) return true;
  while (extra.size() >= 4) {
    const std::size_t length = u16(extra, 2);
    if (length > extra.size() - 4) return false;
    std::string_view field = extra.substr(4, length);
    if (u16(extra, 0) == 1) {
      for (std::size_t i = 0; i < count; ++i) {
        if (*numbers[i] != most32) continue;
        if (field.size() < 8) return false;
        *numbers[i] = u64(field, 0);
        field.remove_prefix(8);
      }
      return true;
    }
    extra.remove_prefix(4 + length);
  }
  return false;
}

Status check_sizes(const LayoutEntry& entry) {
  if (entry.method == stored && entry.size_bytes != entry.compressed_bytes)
    return broken_entry(entry.name, fmt::format("is stored in {} bytes and claims to have {}",
                                                entry.compressed_bytes, entry.size_bytes));
  if (entry.method == deflated && entry.size_bytes / deflate_ratio > entry.compressed_bytes)
    return broken_entry(entry.name, fmt::format("claims to have {} bytes, which cannot be in {}",
                                                entry.size_bytes, entry.compressed_bytes));
  return ok();
}

// Takes the next header off `rest`.
Result<LayoutEntry> read_central(std::string_view& rest) {
  if (rest.size() < central_bytes || !rest.starts_with("PK\1\2"))
    return broken("its central directory has fewer entries than its end says");
  const std::size_t name = u16(rest, 28), extra = u16(rest, 30), comment = u16(rest, 32);
  LayoutEntry entry{.flags = u16(rest, 8),
                    .method = u16(rest, 10),
                    .crc32 = u32(rest, 16),
                    .compressed_bytes = u32(rest, 20),
                    .size_bytes = u32(rest, 24),
                    .offset = u32(rest, 42)};
  entry.name = rest.substr(central_bytes, name);
  if (name + extra + comment > rest.size() - central_bytes)
    return broken_entry(entry.name, "is cut off in the central directory");
  if (entry.name.find('\0') != entry.name.npos)
    return broken_entry(entry.name, "has a NUL in its name");
  if (!add_zip64_sizes(rest.substr(central_bytes + name, extra), entry, true))
    return broken_entry(entry.name, "has no 64-bit sizes where it says so");
  if ((entry.flags & flag_utf8) != 0 && !is_utf8(entry.name))
    return broken_entry(entry.name, "has a name that is not the UTF-8 that it says it is");
  DMS_CHECK(check_sizes(entry));
  rest.remove_prefix(central_bytes + name + extra + comment);
  return entry;
}

// Compares the local header, and gives where the entry's data ends.
Result<std::uint64_t> check_local(const ZipBytes& bytes, const LayoutEntry& entry,
                                  std::uint64_t limit) {
  const auto outside = [&] { return broken_entry(entry.name, "lies outside of the archive"); };
  if (limit < local_bytes || entry.offset > limit - local_bytes) return outside();
  DMS_TRY(const std::string fixed, bytes.read_at(entry.offset, local_bytes));
  if (!fixed.starts_with("PK\3\4"))
    return broken_entry(entry.name, "is not where the central directory says");
  const std::size_t name = u16(fixed, 26), extra = u16(fixed, 28);
  const auto data = entry.offset + local_bytes + name + extra;
  if (data > limit || entry.compressed_bytes > limit - data) return outside();
  DMS_TRY(const std::string text, bytes.read_at(entry.offset + local_bytes, name + extra));
  LayoutEntry local{.name = text.substr(0, name),
                    .flags = u16(fixed, 6),
                    .method = u16(fixed, 8),
                    .crc32 = u32(fixed, 14),
                    .compressed_bytes = u32(fixed, 18),
                    .size_bytes = u32(fixed, 22)};
  if (local.name != entry.name)
    return broken_entry(
        entry.name, fmt::format("is called '{}' where its data stands", shown_name(local.name)));
  if (local.method != entry.method || ((local.flags ^ entry.flags) & flags_that_matter) != 0 ||
      !add_zip64_sizes(std::string_view(text).substr(name), local, false))
    return broken_entry(entry.name, "has two headers that say different things");
  const bool behind = (entry.flags & flag_sizes_behind) != 0;
  const auto agrees = [&](std::uint64_t here, std::uint64_t there) {
    return here == there || (behind && here == 0);
  };
  if (!agrees(local.crc32, entry.crc32) ||
      !agrees(local.compressed_bytes, entry.compressed_bytes) ||
      !agrees(local.size_bytes, entry.size_bytes))
    return broken_entry(entry.name, "has two headers that say different things");
  return data + entry.compressed_bytes;
}

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::size_t entry = 0;
};

Status check_overlaps(std::vector<Extent> extents, const std::vector<LayoutEntry>& entries) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return a.begin < b.begin; });
  for (std::size_t i = 1; i < extents.size(); ++i)
    if (extents[i].begin < extents[i - 1].end)
      return broken_entry(
          entries[extents[i].entry].name,
          fmt::format("overlaps the entry '{}'", shown_name(entries[extents[i - 1].entry].name)));
  return ok();
}

}  // namespace

ZipBytes bytes_of_text(std::string_view text) {
  return {text.size(), [text](std::uint64_t offset, std::size_t length) -> Result<std::string> {
            if (offset > text.size() || length > text.size() - offset)
              return broken("it ends early");
            return std::string(text.substr(offset, length));
          }};
}

Result<ZipBytes> bytes_of_file(const std::string& path, int fd) {
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return fail_errno("reading " + path, errno);
  const auto read_at = [path, fd](std::uint64_t offset, std::size_t length) -> Result<std::string> {
    std::string text(length, '\0');
    for (std::size_t got = 0; got < length;) {
      const auto count =
          ::pread(fd, text.data() + got, length - got, static_cast<off_t>(offset + got));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno("reading " + path, errno);
      if (count == 0) return broken("it ends early");
      got += static_cast<std::size_t>(count);
    }
    return text;
  };
  return ZipBytes{static_cast<std::uint64_t>(facts.st_size), read_at};
}

Result<std::vector<LayoutEntry>> read_layout(const ZipBytes& bytes) {
  DMS_TRY(const End end, read_end(bytes));
  DMS_TRY(const std::string central, bytes.read_at(end.central_offset, end.central_bytes));
  std::vector<LayoutEntry> entries;
  std::vector<Extent> extents;
  for (std::string_view rest = central; entries.size() < end.entries;) {
    DMS_TRY(LayoutEntry entry, read_central(rest));
    DMS_TRY(const auto data_end, check_local(bytes, entry, end.central_offset));
    extents.push_back({entry.offset, data_end, entries.size()});
    entries.push_back(std::move(entry));
    if (entries.size() == end.entries && !rest.empty())
      return broken("its central directory has more than its end says");
  }
  if (end.entries == 0 && !central.empty())
    return broken("its central directory has more than its end says");
  DMS_CHECK(check_overlaps(std::move(extents), entries));
  return entries;
}

}  // namespace dms::blob
