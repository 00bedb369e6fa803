/** Tests read the console in English, whatever the computer speaks. */
import { speak } from "./language";

await speak("en");
