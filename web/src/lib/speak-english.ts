/** Tests read the console in English, whatever the computer speaks. */
import { speak, speakOf } from "./language";

await speak("en");
await speakOf("settings");
