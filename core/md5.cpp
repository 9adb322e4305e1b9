// RFC 1321. The steps of a block are unrolled at compile time; where two digests take the same
// block, each step is done for both of them in turn; where four take blocks of their own, each step
// is done for all of them at once, one lane a digest.
#include "core/md5.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace dms {
namespace {

using State = Md5::State;

using Lanes [[gnu::vector_size(16)]] = std::uint32_t;
constexpr std::size_t lanes = 4;

static_assert(std::endian::native == std::endian::little, "words are read as they stand");

constexpr std::size_t block_bytes = 64;
constexpr std::size_t length_at = 56;  // in the last block

constexpr std::array<std::uint32_t, 64> constants = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

constexpr int rotations[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};

constexpr int word_of(int step) {
  switch (step / 16) {
    case 0: return step;
    case 1: return (5 * step + 1) % 16;
    case 2: return (3 * step + 5) % 16;
    default: return 7 * step % 16;
  }
}

template <int number>
[[gnu::always_inline]] inline std::uint32_t addend(const char* block) {
  std::uint32_t word = 0;
  std::memcpy(&word, block + 4 * word_of(number), sizeof word);
  return word + constants[number];
}

// `words`: the sixteen of a block, each of four blocks.
template <int number>
[[gnu::always_inline]] inline Lanes addend(const Lanes* words) {
  return words[word_of(number)] + constants[number];
}

template <int count, class Word>
[[gnu::always_inline]] inline Word rotated(Word word) {
  return word << count | word >> (32 - count);
}

template <int number, class Word>
[[gnu::always_inline]] inline void step(Word& a, Word b, Word c, Word d, Word addend) {
  constexpr int round = number / 16;
  if constexpr (round == 0) {
    a += addend + (d ^ (b & (c ^ d)));
  } else if constexpr (round == 1) {
    a += addend + (c & ~d);  // before b is known; the halves have no bit in common
    a += b & d;
  } else if constexpr (round == 2) {
    a += addend + (b ^ (c ^ d));
  } else {
    a += addend + (c ^ (b | ~d));
  }
  a = b + rotated<rotations[round][number % 4]>(a);
}

template <int first, class... States>
[[gnu::always_inline]] inline void four_steps(const char* block, States&... states) {
  const std::uint32_t addends[] = {addend<first>(block), addend<first + 1>(block),
                                   addend<first + 2>(block), addend<first + 3>(block)};
  (step<first>(states.a, states.b, states.c, states.d, addends[0]), ...);
  (step<first + 1>(states.d, states.a, states.b, states.c, addends[1]), ...);
  (step<first + 2>(states.c, states.d, states.a, states.b, addends[2]), ...);
  (step<first + 3>(states.b, states.c, states.d, states.a, addends[3]), ...);
}

struct LanesState {
  Lanes a, b, c, d;
};

template <int first>
[[gnu::always_inline]] inline void four_steps(const Lanes* words, LanesState& state) {
  step<first>(state.a, state.b, state.c, state.d, addend<first>(words));
  step<first + 1>(state.d, state.a, state.b, state.c, addend<first + 1>(words));
  step<first + 2>(state.c, state.d, state.a, state.b, addend<first + 2>(words));
  step<first + 3>(state.b, state.c, state.d, state.a, addend<first + 3>(words));
}

template <class Block, class... States>
[[gnu::always_inline]] inline void take_block(const Block* block, States&... states) {
  [&]<int... fours>(std::integer_sequence<int, fours...>) {
    (four_steps<4 * fours>(block, states...), ...);
  }
  (std::make_integer_sequence<int, 16>());
}

template <class Any>
[[gnu::always_inline]] inline void add(Any& to, const Any& from) {
  to.a += from.a;
  to.b += from.b;
  to.c += from.c;
  to.d += from.d;
}

void take_blocks(State& state, const char* block, std::size_t count) {
  State now = state;
  for (; count > 0; --count, block += block_bytes) {
    const State before = now;
    take_block(block, now);
    add(now, before);
  }
  state = now;
}

void take_blocks(State& first, State& second, const char* block, std::size_t count) {
  State one = first, other = second;
  for (; count > 0; --count, block += block_bytes) {
    const State one_before = one, other_before = other;
    take_block(block, one, other);
    add(one, one_before);
    add(other, other_before);
  }
  first = one;
  second = other;
}

// The words of a block of each lane, lane beside lane.
[[gnu::always_inline]] inline void side_by_side(const std::array<const char*, lanes>& blocks,
                                                std::size_t at, Lanes* words) {
  for (std::size_t first = 0; first < 16; first += 4) {
    Lanes rows[lanes];
    for (std::size_t lane = 0; lane < lanes; ++lane)
      std::memcpy(&rows[lane], blocks[lane] + at + 4 * first, sizeof rows[lane]);
    const Lanes low01 = __builtin_shufflevector(rows[0], rows[1], 0, 4, 1, 5);
    const Lanes low23 = __builtin_shufflevector(rows[2], rows[3], 0, 4, 1, 5);
    const Lanes high01 = __builtin_shufflevector(rows[0], rows[1], 2, 6, 3, 7);
    const Lanes high23 = __builtin_shufflevector(rows[2], rows[3], 2, 6, 3, 7);
    words[first] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
    words[first + 1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
    words[first + 2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
    words[first + 3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  }
}

void take_blocks(const std::array<State*, lanes>& states,
                 const std::array<const char*, lanes>& blocks, std::size_t count) {
  LanesState now{};
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    now.a[lane] = states[lane]->a;
    now.b[lane] = states[lane]->b;
    now.c[lane] = states[lane]->c;
    now.d[lane] = states[lane]->d;
  }
  for (std::size_t at = 0; at < count * block_bytes; at += block_bytes) {
    Lanes words[16];
    side_by_side(blocks, at, words);
    const LanesState before = now;
    take_block(words, now);
    add(now, before);
  }
  for (std::size_t lane = 0; lane < lanes; ++lane)
    *states[lane] = {now.a[lane], now.b[lane], now.c[lane], now.d[lane]};
}

}  // namespace

void Md5::update(std::span<const char> bytes) {
  const std::size_t held = size_bytes_ % block_bytes;
  size_bytes_ += bytes.size();
  if (held > 0) {
    const std::size_t count = std::min(block_bytes - held, bytes.size());
    std::copy_n(bytes.begin(), count, rest_.begin() + held);
    bytes = bytes.subspan(count);
    if (held + count < block_bytes) return;
    take_blocks(state_, rest_.data(), 1);
  }
  take_blocks(state_, bytes.data(), bytes.size() / block_bytes);
  const auto rest = bytes.last(bytes.size() % block_bytes);
  std::copy(rest.begin(), rest.end(), rest_.begin());
}

// A one bit, zeros, and the length in bits end the last block.
std::string Md5::finish() {
  const std::uint64_t bits = size_bytes_ * 8;
  const std::size_t held = size_bytes_ % block_bytes;
  std::array<char, 2 * block_bytes> end{};
  end[0] = static_cast<char>(0x80);
  const std::size_t zeros_to = held < length_at ? length_at : block_bytes + length_at;
  std::memcpy(end.data() + (zeros_to - held), &bits, sizeof bits);
  update(std::span(end).first(zeros_to - held + sizeof bits));
  std::string digest(sizeof state_, '\0');
  std::memcpy(digest.data(), &state_, sizeof state_);
  *this = Md5();
  return digest;
}

void update_both(Md5& first, Md5& second, std::span<const char> bytes) {
  if (first.is_between_blocks() && second.is_between_blocks()) {
    const std::size_t blocks = bytes.size() / block_bytes;
    take_blocks(first.state_, second.state_, bytes.data(), blocks);
    first.size_bytes_ += blocks * block_bytes;
    second.size_bytes_ += blocks * block_bytes;
    bytes = bytes.subspan(blocks * block_bytes);
  }
  first.update(bytes);
  second.update(bytes);
}

void update_four(const std::array<Md5*, 4>& digests, const std::array<const char*, 4>& bytes,
                 std::size_t count) {
  std::size_t done = 0;
  if (std::ranges::all_of(digests, &Md5::is_between_blocks)) {
    std::array<State*, lanes> states{};
    for (std::size_t lane = 0; lane < lanes; ++lane) states[lane] = &digests[lane]->state_;
    done = count / block_bytes * block_bytes;
    take_blocks(states, bytes, count / block_bytes);
    for (Md5* digest : digests) digest->size_bytes_ += done;
  }
  for (std::size_t lane = 0; lane < lanes; ++lane)
    digests[lane]->update(std::span(bytes[lane] + done, count - done));
}

std::string md5_raw(std::string_view text) {
  Md5 digest;
  digest.update(text);
  return digest.finish();
}

}  // namespace dms
