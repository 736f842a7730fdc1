// Photographs a fruit: parallel rays, two lights, a white background; framed so that the fruit fills the
// picture. Threads: any. Memory: 3 bytes a pixel.
#pragma once

#include <cstdint>
#include <vector>

#include "samples/fruit.h"

namespace fruits::samples {

struct View {
  double turn = 0;       // of the motor, in turns about the vertical
  double lean = 0;       // of the fruit's axis from the vertical, in turns
  double elevation = 0;  // of the camera, in turns
};

// size x size pixels of R, G, B; the same bits on every machine.
std::vector<std::uint8_t> RenderPhoto(const Fruit& fruit, int size, const View& view);

}  // namespace fruits::samples
