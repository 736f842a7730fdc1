// The kinds of fruit, each a recipe: shape, stalk, skin, relief.
#pragma once

#include "samples/lathe_fruit.h"

namespace fruits::samples {

// Smooth and shining (smooth_recipes.cc).
LatheRecipe AppleRed();
LatheRecipe AppleGolden();
LatheRecipe AppleGrannySmith();
LatheRecipe Blueberry();
LatheRecipe Cherry();
LatheRecipe Eggplant();
LatheRecipe GrapeWhite();
LatheRecipe Mango();
LatheRecipe Peach();
LatheRecipe Pear();
LatheRecipe Plum();
LatheRecipe Tomato();

// Pored, hairy, seeded, scaled (rough_recipes.cc).
LatheRecipe Avocado();
LatheRecipe Coconut();
LatheRecipe Kiwi();
LatheRecipe Lemon();
LatheRecipe Lime();
LatheRecipe Orange();
LatheRecipe Pineapple();
LatheRecipe Raspberry();
LatheRecipe Strawberry();
LatheRecipe Watermelon();

}  // namespace fruits::samples
