#include <array>

#include "samples/banana.h"
#include "samples/fruit.h"
#include "samples/recipes.h"

namespace fruits::samples {
namespace {

template <LatheRecipe (*recipe)()>
std::unique_ptr<Fruit> Lathe(std::uint32_t seed) {
  return std::make_unique<LatheFruit>(recipe(), seed);
}

constexpr std::array kKinds{
    FruitKind{"Apple Red 1", Lathe<AppleRed>},
    FruitKind{"Banana",
              [](std::uint32_t seed) -> std::unique_ptr<Fruit> { return std::make_unique<Banana>(seed); }},
    FruitKind{"Orange", Lathe<Orange>},
    FruitKind{"Strawberry", Lathe<Strawberry>},
    FruitKind{"Watermelon", Lathe<Watermelon>},
    FruitKind{"Kiwi", Lathe<Kiwi>},
    FruitKind{"Blueberry", Lathe<Blueberry>},
    FruitKind{"Pineapple", Lathe<Pineapple>},
    FruitKind{"Pear", Lathe<Pear>},
    FruitKind{"Eggplant", Lathe<Eggplant>},
    FruitKind{"Lemon", Lathe<Lemon>},
    FruitKind{"Raspberry", Lathe<Raspberry>},
    FruitKind{"Tomato 1", Lathe<Tomato>},
    FruitKind{"Avocado", Lathe<Avocado>},
    FruitKind{"Apple Granny Smith", Lathe<AppleGrannySmith>},
    FruitKind{"Cocos", Lathe<Coconut>},
    FruitKind{"Peach", Lathe<Peach>},
    FruitKind{"Plum", Lathe<Plum>},
    FruitKind{"Grape White", Lathe<GrapeWhite>},
    FruitKind{"Cherry 1", Lathe<Cherry>},
    FruitKind{"Mango Red", Lathe<Mango>},
    FruitKind{"Apple Golden 1", Lathe<AppleGolden>},
    FruitKind{"Limes", Lathe<Lime>},
};

}  // namespace

std::span<const FruitKind> FruitKinds() { return kKinds; }

}  // namespace fruits::samples
