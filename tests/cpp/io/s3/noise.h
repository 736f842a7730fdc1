// Bytes that no compression or repetition makes smaller, the same at each call.
#pragma once

#include <cstddef>
#include <string>

namespace fruits::test {

inline std::string Noise(std::size_t size) {
  std::string bytes(size, '\0');
  unsigned value = 7;
  for (char& c : bytes) c = static_cast<char>((value = value * 1664525U + 1013904223U) >> 24);
  return bytes;
}

}  // namespace fruits::test
