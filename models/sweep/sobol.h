// The Sobol sequence: points that fill a cube of many dimensions more evenly than chance does.
//
// With the direction numbers new-joe-kuo-6.21201 of S. Joe and F. Y. Kuo, "Constructing Sobol
// sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30 (2008), 2635-2654;
// https://web.maths.unsw.edu.au/~fkuo/sobol/. The first 128 of their 21,201 dimensions.
//
// Immutable tables; functions are safe from any thread.
#pragma once

#include <cstdint>

namespace dms::models {

inline constexpr std::size_t sobol_dimensions = 128;

// The coordinate of a point in a dimension, as a fraction of 2^32. The first point is the origin;
// points come in the order of the Gray code, as from other programs.
// Requires: index < 2^32, dimension < sobol_dimensions.
std::uint32_t sobol(std::uint64_t index, std::size_t dimension);

}  // namespace dms::models
