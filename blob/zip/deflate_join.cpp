#include "blob/zip/deflate_join.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <vector>

namespace dms::blob {
namespace {

static_assert(std::endian::native == std::endian::little, "Bits reads eight bytes at once");

// The stream's bits, the lowest of each byte first. Behind its end come zeros.
class Bits {
 public:
  explicit Bits(std::string_view bytes) : bytes_(bytes) {}

  // At least 56 bits can be looked at and taken afterwards.
  void fill() {
    if (next_ + 8 <= bytes_.size()) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes_.data() + next_, 8);
      held_ |= word << count_;
      next_ += (63 - count_) >> 3;
      count_ |= 56;
      return;
    }
    for (; count_ <= 56; count_ += 8, ++next_)
      if (next_ < bytes_.size())
        held_ |= std::uint64_t{static_cast<unsigned char>(bytes_[next_])} << count_;
  }
  std::uint32_t peek(unsigned count) const {
    return static_cast<std::uint32_t>(held_ & ((std::uint64_t{1} << count) - 1));
  }
  void drop(unsigned count) {
    held_ >>= count;
    count_ -= count;
  }
  std::uint32_t take(unsigned count) {
    const auto bits = peek(count);
    drop(count);
    return bits;
  }
  std::uint64_t position() const { return std::uint64_t{next_} * 8 - count_; }
  bool overrun() const { return position() > std::uint64_t{bytes_.size()} * 8; }

  void skip_to_byte() { drop(count_ % 8); }
  // Goes on `count` bytes behind the current place, which is a byte's beginning.
  void skip_bytes(std::size_t count) {
    next_ = position() / 8 + count;
    held_ = 0;
    count_ = 0;
  }

 private:
  std::string_view bytes_;
  std::size_t next_ = 0;
  std::uint64_t held_ = 0;
  unsigned count_ = 0;
};

// What a code stands for. In a table every index that begins with the code holds it.
struct Symbol {
  std::uint16_t base = 0;  // bytes of content
  std::uint8_t bits = 0;   // of the code; 0 for what is no code
  std::uint8_t extra : 4 = 0;
  enum Kind : std::uint8_t { literal, match, end, none } kind : 4 = literal;
};

constexpr unsigned longest_code = 15;

struct Table {
  std::vector<Symbol> symbols;
  unsigned bits = 0;

  Symbol at(const Bits& from) const { return symbols[from.peek(bits)]; }
};

std::uint32_t reversed(std::uint32_t code, unsigned bits) {
  std::uint32_t result = 0;
  for (unsigned i = 0; i < bits; ++i) result |= (code >> i & 1) << (bits - 1 - i);
  return result;
}

// Gives the codes of RFC 1951 3.2.2 to the numbers that have a length; `meaning` gives the symbol
// of a number. False when there are more codes than fit.
template <class Meaning>
bool build(std::span<const std::uint8_t> lengths, Meaning meaning, Table& table) {
  std::array<std::uint32_t, longest_code + 1> count{};
  for (const auto length : lengths) ++count[length];
  count[0] = 0;
  std::array<std::uint32_t, longest_code + 1> next{};
  for (unsigned bits = 1; bits <= longest_code; ++bits) {
    next[bits] = (next[bits - 1] + count[bits - 1]) << 1;
    if (next[bits] + count[bits] > std::uint32_t{1} << bits) return false;
  }
  table.bits = std::max<unsigned>(1, *std::max_element(lengths.begin(), lengths.end()));
  table.symbols.assign(std::size_t{1} << table.bits, Symbol{});
  for (unsigned number = 0; number < lengths.size(); ++number) {
    const unsigned length = lengths[number];
    if (length == 0) continue;
    Symbol symbol = meaning(number);
    symbol.bits = static_cast<std::uint8_t>(length);
    for (auto at = reversed(next[length]++, length); at < table.symbols.size(); at += 1U << length)
      table.symbols[at] = symbol;
  }
  return true;
}

constexpr std::array<std::uint16_t, 29> match_bases{3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                                    15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                                    67, 83, 99, 115, 131, 163, 195, 227, 258};

Symbol literal_or_length(unsigned number) {
  if (number < 256) return {.base = 1};
  if (number == 256) return {.kind = Symbol::end};
  const unsigned at = number - 257;
  if (at >= match_bases.size()) return {.kind = Symbol::none};
  const unsigned extra = at < 8 || at == 28 ? 0 : at / 4 - 1;
  return {.base = match_bases[at],
          .extra = static_cast<std::uint8_t>(extra & 15),
          .kind = Symbol::match};
}

Symbol distance(unsigned number) {
  const unsigned extra = number < 4 ? 0 : number / 2 - 1;
  return {.extra = static_cast<std::uint8_t>(extra & 15)};
}

struct Codes {
  Table literals;
  Table distances;
};

bool read_fixed_codes(Codes& codes) {
  std::array<std::uint8_t, 288> lengths{};
  for (unsigned i = 0; i < lengths.size(); ++i)
    lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  std::array<std::uint8_t, 30> distances{};
  distances.fill(5);
  return build(lengths, literal_or_length, codes.literals) &&
         build(distances, distance, codes.distances);
}

// The code lengths of a block, which are coded themselves.
bool read_lengths(Bits& bits, const Table& table, std::span<std::uint8_t> lengths) {
  for (std::size_t at = 0; at < lengths.size();) {
    bits.fill();
    const Symbol symbol = table.at(bits);
    if (symbol.bits == 0 || bits.overrun()) return false;
    bits.drop(symbol.bits);
    if (symbol.base < 16) {
      lengths[at++] = static_cast<std::uint8_t>(symbol.base);
      continue;
    }
    if (symbol.base == 16 && at == 0) return false;
    const std::uint8_t value = symbol.base == 16 ? lengths[at - 1] : 0;
    const std::size_t times = symbol.base == 16   ? 3 + bits.take(2)
                              : symbol.base == 17 ? 3 + bits.take(3)
                                                  : 11 + bits.take(7);
    if (times > lengths.size() - at) return false;
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(at), times, value);
    at += times;
  }
  return true;
}

bool read_dynamic_codes(Bits& bits, Codes& codes) {
  constexpr std::array<std::uint8_t, 19> order{16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                               11, 4,  12, 3, 13, 2, 14, 1, 15};
  bits.fill();
  const std::size_t literals = bits.take(5) + 257;
  const std::size_t distances = bits.take(5) + 1;
  const std::size_t count = bits.take(4) + 4;
  std::array<std::uint8_t, 19> first{};
  for (std::size_t i = 0; i < count; ++i) {
    bits.fill();
    first[order[i]] = static_cast<std::uint8_t>(bits.take(3));
  }
  Table table;
  const auto itself = [](unsigned number) {
    return Symbol{.base = static_cast<std::uint16_t>(number)};
  };
  if (!build(first, itself, table)) return false;
  std::array<std::uint8_t, 288 + 32> lengths{};
  const auto all = std::span(lengths).first(literals + distances);
  return read_lengths(bits, table, all) &&
         build(all.first(literals), literal_or_length, codes.literals) &&
         build(all.subspan(literals), distance, codes.distances);
}

bool walk_codes(Bits& bits, const Codes& codes, std::uint64_t& content_bytes) {
  while (!bits.overrun()) {
    bits.fill();
    Symbol symbol = codes.literals.at(bits);
    // 15 bits each: three fit into what is there, and what follows a match into the rest of one.
    for (int more = 2; more > 0 && symbol.kind == Symbol::literal && symbol.bits != 0; --more) {
      bits.drop(symbol.bits);
      ++content_bytes;
      symbol = codes.literals.at(bits);
    }
    if (symbol.bits == 0 || symbol.kind == Symbol::none) return false;
    bits.drop(symbol.bits);
    if (symbol.kind == Symbol::end) return true;
    content_bytes += symbol.base;
    if (symbol.kind == Symbol::literal) continue;
    bits.fill();
    content_bytes += bits.take(symbol.extra);
    const Symbol far = codes.distances.at(bits);
    if (far.bits == 0) return false;
    bits.drop(far.bits + far.extra);
  }
  return false;
}

bool walk_stored(Bits& bits, std::uint64_t& content_bytes) {
  bits.skip_to_byte();
  bits.fill();
  const auto length = bits.take(16);
  if (bits.take(16) != (length ^ 0xFFFF)) return false;
  bits.skip_bytes(length);
  content_bytes += length;
  return true;
}

bool walk_block(Bits& bits, unsigned type, Codes& codes, std::uint64_t& content_bytes) {
  switch (type) {
    case 0: return walk_stored(bits, content_bytes);
    case 1: return read_fixed_codes(codes) && walk_codes(bits, codes, content_bytes);
    case 2: return read_dynamic_codes(bits, codes) && walk_codes(bits, codes, content_bytes);
    default: return false;
  }
}

}  // namespace

Result<DeflateEnd> find_deflate_end(std::string_view stream) {
  DeflateEnd end;
  Bits bits(stream);
  Codes codes;
  for (bool last = false; !last;) {
    end.last_block_bit = bits.position();
    bits.fill();
    last = bits.take(1) != 0;
    if (!walk_block(bits, bits.take(2), codes, end.content_bytes) || bits.overrun())
      return fail(Code::corrupt, "the compressed data is no deflate stream");
  }
  end.end_bit = bits.position();
  return end;
}

Status open_deflate_end(std::string& stream, std::uint64_t content_bytes) {
  DMS_TRY(const DeflateEnd end, find_deflate_end(stream));
  if (end.content_bytes != content_bytes || (end.end_bit + 7) / 8 != stream.size())
    return fail(Code::corrupt, "the compressed data does not hold what was compressed");
  char& byte = stream[end.last_block_bit / 8];
  byte = static_cast<char>(byte & ~(1 << end.last_block_bit % 8));
  // The three bits of a stored block's header are zeros, as is what fills the byte.
  stream.resize((end.end_bit + 3 + 7) / 8, '\0');
  stream.append("\x00\x00\xFF\xFF", 4);
  return ok();
}

}  // namespace dms::blob
