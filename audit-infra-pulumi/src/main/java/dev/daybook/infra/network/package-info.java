/** Creates the network, and lists every connection that it allows. */
@NullMarked
package dev.daybook.infra.network;

import org.jspecify.annotations.NullMarked;
