// Every kind of physics there is.
#pragma once

#include "partition/learn/physics/physics.h"

namespace partita::learn {

const Physics& stream_physics();        // elementwise layers, and whatever only moves bytes
const Physics& norm_physics();          // rows that are read twice
const Physics& softmax_physics();       // rows that fit into registers, and longer ones
const Physics& product_physics();       // products with a weight that all rows share, convolutions
const Physics& batched_physics();       // batches of products
const Physics& core_product_physics();  // products and convolutions on a core of a CPU
const Physics& core_stream_physics();   // whatever else cores do
const Physics& matrix_unit_physics();   // products with a weight of 16 bits a number

}  // namespace partita::learn
